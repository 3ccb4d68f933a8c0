// For devices without subgroups of a known size: each invocation is one by itself (LANES = 1).
fn lane() -> u32 {
    return 0u;
}

fn from_lane_0(own: vec4<f32>) -> vec4<f32> {
    return own;
}
