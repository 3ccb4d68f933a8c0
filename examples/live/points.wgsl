// Points of the plane as soft discs of light, coloured by the direction in
// which each of them started.
struct Look {
    // Half of the view's width and height, in data units
    half_view: vec2f,
    // Radius of a disc, in data units
    radius: f32,
    brightness: f32,
}

@group(0) @binding(0) var<uniform> look: Look;

struct Corner {
    @builtin(position) position: vec4f,
    // From the centre of the disc, 1 at its rim
    @location(0) offset: vec2f,
    @location(1) @interpolate(flat) color: vec3f,
}

@vertex
fn corner(
    @builtin(vertex_index) index: u32,
    @location(0) point: vec2f,
    @location(1) start: vec2f,
) -> Corner {
    let offset = 2.0 * vec2f(f32(index & 1u), f32(index >> 1u)) - 1.0;
    let place = (point + look.radius * offset) / look.half_view;
    let angle = atan2(start.y, start.x) + vec3f(0.0, 2.0944, 4.1888);
    let color = mix(vec3f(1.0), 0.55 + 0.45 * cos(angle), 0.85);
    return Corner(vec4f(place, 0.0, 1.0), offset, color);
}

@fragment
fn light(corner: Corner) -> @location(0) vec4f {
    let distance = dot(corner.offset, corner.offset);
    let falloff = max(1.0 - distance, 0.0);
    return vec4f(look.brightness * falloff * falloff * corner.color, 0.0);
}
