// Images of a run as half floats in one texture, without a readback: [−1, 1] becomes [0, 1], and
// what lies beyond stays beyond. One invocation a pixel of the texture.
// Twin: src/cpu/reference/to_rgba16f.rs.
@group(0) @binding(2) var texture: texture_storage_2d<rgba16float, write>;

@compute @workgroup_size(8, 8)
fn to_rgba16f(@builtin(global_invocation_id) id: vec3<u32>) {
    if any(id.xy >= textureDimensions(texture)) {
        return;
    }
    let pixel = pixel_values(id.xy);
    // The largest half float, so that no driver's overflow shows
    let color = clamp(0.5 * pixel.rgb + 0.5, vec3<f32>(-65504.0), vec3<f32>(65504.0));
    textureStore(texture, id.xy, vec4<f32>(color * pixel.w, pixel.w));
}
