// The coefficients of the inverse normal CDF: NORMAL_TABLE of src/noise/normal_table.rs, its very
// bytes, bound as a uniform buffer by every kernel that draws noise.
//
// A buffer and not a `const` array: naga copies an array constant that is indexed by a variable
// into a function-local one at every use, which makes software Vulkan many times slower or stop
// altogether. A uniform and not a storage buffer: as fast on lavapipe, and the eight storage
// bindings a device is sure to have are the caller's.
@group(0) @binding(4) var<uniform> normal_table: array<vec4<u32>, 224>;

// Row `segment` of the table, `(c0, c1 << 16 | c2)`; two rows lie in a vector. Two scalar loads by
// a variable component are faster on lavapipe than loading the vector and selecting a half.
fn normal_row(segment: u32) -> vec2<u32> {
    let vector = segment >> 1u;
    let component = (segment & 1u) * 2u;
    return vec2<u32>(normal_table[vector][component], normal_table[vector][component + 1u]);
}
