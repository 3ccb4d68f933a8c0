// Output of an external network, [sample][element]. For DIMS a multiple of 4.
@group(1) @binding(0) var<storage, read> out_values: array<vec4<f32>>;

fn load_out(sample: u32, quad: u32) -> vec4<f32> {
    return out_values[sample * QUADS + quad];
}
