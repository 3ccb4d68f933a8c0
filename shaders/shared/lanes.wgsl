// Values passed around a group of LANES invocations.
//@if SUBGROUPS
// The group is a subgroup of that fixed size, and a whole workgroup.

// This invocation's place in its subgroup. All of them must be active.
fn lane() -> u32 {
    return subgroupExclusiveAdd(1u);
}

//@for l in LANES
fn from_lane_${l}(own: vec4<f32>) -> vec4<f32> {
    return subgroupBroadcast(own, ${l}u);
}
//@end
//@else
// Where there are no such groups of a known size each invocation is one by itself (LANES = 1).
fn lane() -> u32 {
    return 0u;
}

fn from_lane_0(own: vec4<f32>) -> vec4<f32> {
    return own;
}
//@end
