// Output of an external network, [sample][element].
//@if ALIGNED
@group(1) @binding(0) var<storage, read> out_values: array<vec4<f32>>;

fn load_out(sample: u32, quad: u32) -> vec4<f32> {
    return out_values[sample * QUADS + quad];
}
//@else
@group(1) @binding(0) var<storage, read> out_values: array<f32>;

fn load_out(sample: u32, quad: u32) -> vec4<f32> {
    let at = element(sample, quad);
    let value = vec4<f32>(out_values[at.x], out_values[at.y], out_values[at.z], out_values[at.w]);
    return select(vec4<f32>(0.0), value, is_element(quad));
}
//@end
