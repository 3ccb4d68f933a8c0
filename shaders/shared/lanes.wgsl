// Values passed around a subgroup of LANES invocations, a whole workgroup. For devices with subgroups of that fixed size.

// This invocation's place in its subgroup. All of them must be active.
fn lane() -> u32 {
    return subgroupExclusiveAdd(1u);
}

//@for l in LANES
fn from_lane_${l}(own: vec4<f32>) -> vec4<f32> {
    return subgroupBroadcast(own, ${l}u);
}
//@end
