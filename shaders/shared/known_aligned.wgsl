// Known data and the mask that keeps them, [sample][element]. For DIMS a multiple of 4.
@group(1) @binding(0) var<storage, read> known_values: array<vec4<f32>>;
@group(1) @binding(1) var<storage, read> mask_values: array<vec4<f32>>;

fn load_known(sample: u32, quad: u32) -> vec4<f32> {
    return known_values[sample * QUADS + quad];
}

fn load_mask(sample: u32, quad: u32) -> vec4<f32> {
    return mask_values[sample * QUADS + quad];
}
