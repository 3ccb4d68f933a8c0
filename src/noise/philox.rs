//! Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw,
//! "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011).
//!
//! Twin of `shaders/shared/philox.wgsl`. Integers only, so both sides give the same bits on every
//! machine; both are held to the vectors in `tests/data/noise/philox_kat.txt`.

/// Rounds of the generator: the paper's recommended number, with a margin over the
/// seven that pass BigCrush.
pub const PHILOX_ROUNDS: usize = 10;

/// Multipliers of the two halves of a round (`PHILOX_M4x32_0`, `_1` in Random123).
pub(crate) const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];

/// What the key grows by after each round: the golden ratio and √3 − 1, times
/// 2³² (`PHILOX_W32_0`, `_1`).
pub(crate) const KEY_INCREMENTS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// The 128 random bits that belong to `counter` under `key`: for each key a
/// bijection of the counters.
///
/// Word order is Random123's (`ctr.v[0]` first). Never fails and holds no state; calls
/// may be made in any order.
///
/// ```
/// use ddim_wgpu::noise::philox4x32_10;
/// assert_eq!(philox4x32_10([0; 4], [0; 2]), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
/// ```
#[must_use]
pub const fn philox4x32_10(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    let mut round = 0;
    while round < PHILOX_ROUNDS {
        let (low0, high0) = mul_wide(MULTIPLIERS[0], counter[0]);
        let (low1, high1) = mul_wide(MULTIPLIERS[1], counter[2]);
        counter = [
            high1 ^ counter[1] ^ key[0],
            low1,
            high0 ^ counter[3] ^ key[1],
            low0,
        ];
        key[0] = key[0].wrapping_add(KEY_INCREMENTS[0]);
        key[1] = key[1].wrapping_add(KEY_INCREMENTS[1]);
        round += 1;
    }
    counter
}

/// The 64-bit product of two words as (low, high).
const fn mul_wide(a: u32, b: u32) -> (u32, u32) {
    let product = a as u64 * b as u64;
    (product as u32, (product >> 32) as u32)
}
