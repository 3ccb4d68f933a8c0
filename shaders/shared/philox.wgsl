// Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011).
// Twin of src/noise/philox.rs. Needs `mul_wide` (mul_wide.wgsl).

fn philox_round(counter: vec4<u32>, key: vec2<u32>) -> vec4<u32> {
    let product0 = mul_wide(0xD2511F53u, counter.x);
    let product1 = mul_wide(0xCD9E8D57u, counter.z);
    return vec4<u32>(product1.y ^ counter.y ^ key.x, product1.x, product0.y ^ counter.w ^ key.y, product0.x);
}

// The four random words that belong to `counter` under `key`.
fn philox4x32_10(counter: vec4<u32>, key: vec2<u32>) -> vec4<u32> {
    // Unrolled: the key of each round is the first plus a constant.
    let increment = vec2<u32>(0x9E3779B9u, 0xBB67AE85u);
    var state = philox_round(counter, key);
    state = philox_round(state, key + increment);
    state = philox_round(state, key + 2u * increment);
    state = philox_round(state, key + 3u * increment);
    state = philox_round(state, key + 4u * increment);
    state = philox_round(state, key + 5u * increment);
    state = philox_round(state, key + 6u * increment);
    state = philox_round(state, key + 7u * increment);
    state = philox_round(state, key + 8u * increment);
    return philox_round(state, key + 9u * increment);
}
