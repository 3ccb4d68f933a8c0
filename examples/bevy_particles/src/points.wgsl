// Points of the plane as soft discs of light, added up; the viewport shows −1.6 to 1.6.
struct Corner {
    @builtin(position) position: vec4f,
    // From the centre of the disc, 1 at its rim
    @location(0) offset: vec2f,
}

@vertex
fn corner(@builtin(vertex_index) index: u32, @location(0) point: vec2f) -> Corner {
    let offset = 2.0 * vec2f(f32(index & 1u), f32(index >> 1u)) - 1.0;
    return Corner(vec4f((point + 0.009 * offset) / 1.6, 0.0, 1.0), offset);
}

@fragment
fn light(corner: Corner) -> @location(0) vec4f {
    let falloff = max(1.0 - dot(corner.offset, corner.offset), 0.0);
    return vec4f(0.35 * falloff * falloff * vec3f(0.25, 0.75, 1.0), 0.0);
}
