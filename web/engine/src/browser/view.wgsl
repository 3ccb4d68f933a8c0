// A state on a canvas, read from the sampler's own buffers. Units: data, which live in [-1, 1], and
// pixels of the canvas.

struct Look {
    // The canvas, in pixels.
    size: vec2f,
    // Points: pixels per unit of data, and the radius of a point in pixels.
    zoom: f32,
    radius: f32,
    // Images: their grid, and their size in values.
    columns: u32,
    count: u32,
    width: u32,
    height: u32,
    // Images: side of a cell and of the gap between two, in pixels; channels.
    cell: vec2f,
    gap: f32,
    channels: u32,
    paper: vec4f,
    ink: vec4f,
}

@group(0) @binding(0) var<uniform> look: Look;
@group(0) @binding(1) var<storage, read> values: array<f32>;

struct Point {
    @builtin(position) position: vec4f,
    @location(0) corner: vec2f,
    @location(1) color: vec3f,
}

// A colour by where a point began, so that one sees where the noise of each place goes: the direction
// is the hue, and the middle is paler.
fn color_of(start: vec2f) -> vec3f {
    let angle = atan2(start.y, start.x);
    let hue = 0.5 + 0.5 * cos(angle - vec3f(0.0, 2.1, 4.2));
    let vivid = clamp(length(start), 0.25, 1.6) / 1.6;
    let color = mix(vec3f(0.6), hue, 0.35 + 0.65 * vivid);
    // Towards the ink, by which it is readable on light paper and on dark.
    return mix(color, look.ink.rgb, 0.22);
}

@vertex
fn point(
    @builtin(vertex_index) index: u32,
    @location(0) now: vec2f,
    @location(1) start: vec2f,
) -> Point {
    let corner = vec2f(f32(index & 1u), f32(index >> 1u)) * 2.0 - 1.0;
    let pixels = now * look.zoom + corner * (look.radius + 1.0);
    return Point(vec4f(pixels / (0.5 * look.size), 0.0, 1.0), corner * (look.radius + 1.0), color_of(start));
}

@fragment
fn disc(in: Point) -> @location(0) vec4f {
    let cover = clamp(look.radius + 0.5 - length(in.corner), 0.0, 1.0);
    return vec4f(in.color, 0.85 * cover);
}

@vertex
fn everywhere(@builtin(vertex_index) index: u32) -> @builtin(position) vec4f {
    let corner = vec2f(f32(index & 1u), f32(index >> 1u)) * 4.0 - 1.0;
    return vec4f(corner, 0.0, 1.0);
}

@fragment
fn image(@builtin(position) position: vec4f) -> @location(0) vec4f {
    let pitch = look.cell + look.gap;
    let place = vec2u(position.xy / pitch);
    let inside = position.xy - vec2f(place) * pitch;
    let index = place.y * look.columns + place.x;
    if place.x >= look.columns || index >= look.count || any(inside >= look.cell) {
        return look.paper;
    }
    let sides = vec2u(look.width, look.height);
    let texel = min(vec2u(inside / look.cell * vec2f(sides)), sides - 1u);
    let plane = look.width * look.height;
    let at = index * look.channels * plane + texel.y * look.width + texel.x;
    if look.channels == 3u {
        let color = vec3f(values[at], values[at + plane], values[at + 2u * plane]);
        return vec4f(clamp(0.5 * color + 0.5, vec3f(0.0), vec3f(1.0)), 1.0);
    }
    return mix(look.paper, look.ink, clamp(0.5 * values[at] + 0.5, 0.0, 1.0));
}
