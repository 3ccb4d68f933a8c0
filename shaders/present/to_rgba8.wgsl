// Images of a run as bytes in one texture, without a readback. One invocation a pixel of the
// texture. Twin: src/cpu/reference/to_rgba8.rs.
@group(0) @binding(2) var texture: texture_storage_2d<rgba8unorm, write>;

// A byte of [−1, 1] as the texture takes it; rounded here, so that no driver's rounding shows
fn level(value: f32) -> f32 {
    return min(floor(127.5 * clamp(value, -1.0, 1.0) + 128.0), 255.0) / 255.0;
}

@compute @workgroup_size(8, 8)
fn to_rgba8(@builtin(global_invocation_id) id: vec3<u32>) {
    if any(id.xy >= textureDimensions(texture)) {
        return;
    }
    let pixel = pixel_values(id.xy);
    let color = vec3<f32>(level(pixel.x), level(pixel.y), level(pixel.z));
    textureStore(texture, id.xy, vec4<f32>(color * pixel.w, pixel.w));
}
