// One 32-bit word to one standard normal, by integers alone: the same bits on every driver.
// Twin of src/noise/normal.rs. Needs philox.wgsl and normal_table.wgsl.

// Bit 0 is the sign, the upper 31 bits the position of a tail probability. Its leading one tells
// the octave, the next four bits the segment, the next sixteen the place `t` within it; the
// magnitude is a quadratic in t, in units of 2^-20. Every product and sum fits 32 bits, and the one
// float operation is exact.
fn normal_from_word(word: u32) -> f32 {
    let position = word >> 1u;
    // Below 32 every position is a segment of its own, as subnormals are in floating point: the cap
    // makes one formula serve both.
    let shift = min(countLeadingZeros(position), 27u);
    let normalized = position << shift;
    let row = normal_row((normalized >> 27u) + 432u - 16u * shift);
    let t = (normalized >> 11u) & 0xFFFFu;
    let linear = (row.y >> 16u) * t;
    let quadratic = (row.y & 0xFFFFu) * ((t * t) >> 16u);
    let magnitude = i32(((row.x + (quadratic >> 13u)) - (linear >> 7u)) >> 9u);
    return f32(select(magnitude, -magnitude, (word & 1u) != 0u)) * 0x1p-20f;
}

// The normals of elements 4 * quad .. 4 * quad + 4 of a sample. `key` is the seed and
// `sample` the global sample index, both low word first: the layout in
// src/noise/stream.rs, a stability contract.
fn normals4(key: vec2<u32>, sample: vec2<u32>, draw: u32, quad: u32) -> vec4<f32> {
    let words = philox4x32_10(vec4<u32>(quad, sample, draw), key);
    return vec4<f32>(
        normal_from_word(words.x),
        normal_from_word(words.y),
        normal_from_word(words.z),
        normal_from_word(words.w),
    );
}
