// The 64-bit product of two words, as (low, high).
fn mul_wide(a: u32, b: u32) -> vec2<u32> {
//@if INT64
    let product = u64(a) * u64(b);
    return vec2<u32>(u32(product), u32(product >> 32u));
//@else
    // From four 16-bit products: WGSL has no 64-bit integers, and a device may
    // be without SHADER_INT64.
    let a_low = a & 0xFFFFu;
    let a_high = a >> 16u;
    let b_low = b & 0xFFFFu;
    let b_high = b >> 16u;
    let low = a_low * b_low;
    // Neither sum overflows: (2^16 - 1)^2 + (2^16 - 1) < 2^32, and the second adds a
    // 16-bit number to that much.
    let middle = a_high * b_low + (low >> 16u);
    let cross = a_low * b_high + (middle & 0xFFFFu);
    return vec2<u32>(a * b, a_high * b_high + (middle >> 16u) + (cross >> 16u));
//@end
}
