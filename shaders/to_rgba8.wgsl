// Images of a run as a grid in one texture, without a readback. One invocation a pixel of the texture.
// Twin: src/cpu/to_rgba8.rs.
struct Grid {
    // Shape of one image
    channels: u32,
    height: u32,
    width: u32,
    // Images side by side, and images there are
    columns: u32,
    count: u32,
    padding_0: u32,
    padding_1: u32,
    padding_2: u32,
}

@group(0) @binding(0) var<uniform> grid: Grid;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var texture: texture_storage_2d<rgba8unorm, write>;

// A byte of [−1, 1] as the texture takes it; rounded here, so that no driver's rounding shows
fn level(value: f32) -> f32 {
    return min(floor(127.5 * clamp(value, -1.0, 1.0) + 128.0), 255.0) / 255.0;
}

@compute @workgroup_size(8, 8)
fn to_rgba8(@builtin(global_invocation_id) id: vec3<u32>) {
    let image = (id.y / grid.height) * grid.columns + id.x / grid.width;
    if any(id.xy >= textureDimensions(texture)) {
        return;
    }
    var color = vec4<f32>(0.0);
    if image < grid.count {
        let plane = grid.width * grid.height;
        let at = image * grid.channels * plane + (id.y % grid.height) * grid.width + id.x % grid.width;
        let first = level(values[at]);
        color = vec4<f32>(first, first, first, 1.0);
        if grid.channels == 3u {
            color = vec4<f32>(first, level(values[at + plane]), level(values[at + 2u * plane]), 1.0);
        }
    }
    textureStore(texture, id.xy, color);
}
