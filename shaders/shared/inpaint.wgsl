// Data to keep and the mask that keeps them, [sample][element].
//@if ALIGNED
@group(1) @binding(0) var<storage, read> known_values: array<vec4<f32>>;
@group(1) @binding(1) var<storage, read> mask_values: array<vec4<f32>>;

fn load_known(sample: u32, quad: u32) -> vec4<f32> {
    return known_values[sample * QUADS + quad];
}

fn load_mask(sample: u32, quad: u32) -> vec4<f32> {
    return mask_values[sample * QUADS + quad];
}
//@else
@group(1) @binding(0) var<storage, read> known_values: array<f32>;
@group(1) @binding(1) var<storage, read> mask_values: array<f32>;

fn load_known(sample: u32, quad: u32) -> vec4<f32> {
    let at = element(sample, quad);
    let value = vec4<f32>(known_values[at.x], known_values[at.y], known_values[at.z], known_values[at.w]);
    return select(vec4<f32>(0.0), value, is_element(quad));
}

fn load_mask(sample: u32, quad: u32) -> vec4<f32> {
    let at = element(sample, quad);
    let value = vec4<f32>(mask_values[at.x], mask_values[at.y], mask_values[at.z], mask_values[at.w]);
    return select(vec4<f32>(0.0), value, is_element(quad));
}
//@end
