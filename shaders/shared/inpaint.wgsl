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
    var value = vec4<f32>(0.0);
    let first = quad * 4u;
    let at = sample * DIMS + first;
    for (var i = 0u; i < min(4u, DIMS - first); i++) {
        value[i] = known_values[at + i];
    }
    return value;
}

fn load_mask(sample: u32, quad: u32) -> vec4<f32> {
    var value = vec4<f32>(0.0);
    let first = quad * 4u;
    let at = sample * DIMS + first;
    for (var i = 0u; i < min(4u, DIMS - first); i++) {
        value[i] = mask_values[at + i];
    }
    return value;
}
//@end
