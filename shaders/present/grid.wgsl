// Images of a run side by side: which image, and which values of it, a pixel of the whole shows.
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

// Red, green and blue as the run has them; w is 1, and 0 in a place of the grid without an image
fn pixel_values(pixel: vec2<u32>) -> vec4<f32> {
    let image = (pixel.y / grid.height) * grid.columns + pixel.x / grid.width;
    if image >= grid.count {
        return vec4<f32>(0.0);
    }
    let plane = grid.width * grid.height;
    let at = image * grid.channels * plane + (pixel.y % grid.height) * grid.width + pixel.x % grid.width;
    let first = values[at];
    if grid.channels == 3u {
        return vec4<f32>(first, values[at + plane], values[at + 2u * plane], 1.0);
    }
    return vec4<f32>(first, first, first, 1.0);
}
