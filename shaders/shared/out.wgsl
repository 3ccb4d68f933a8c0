// Output of an external network, [sample][element].
//@if ALIGNED
@group(1) @binding(0) var<storage, read> out_values: array<vec4<f32>>;

fn load_out(sample: u32, quad: u32) -> vec4<f32> {
    return out_values[sample * QUADS + quad];
}
//@else
@group(1) @binding(0) var<storage, read> out_values: array<f32>;

fn load_out(sample: u32, quad: u32) -> vec4<f32> {
    var value = vec4<f32>(0.0);
    let first = quad * 4u;
    let at = sample * DIMS + first;
    for (var i = 0u; i < min(4u, DIMS - first); i++) {
        value[i] = out_values[at + i];
    }
    return value;
}
//@end
