//! Which counter a number of a sample is drawn from: the crate's stability contract.
//!
//! | counter word | 0 | 1 | 2 | 3 |
//! |---|---|---|---|---|
//! | holds | element / 4 | sample, low | sample, high | draw |
//!
//! and the key is the seed, low word first. Element `e` takes word `e % 4` of its block. Seed,
//! sample, draw and block are separate fields of one counter, and Philox is a bijection of counters
//! under a key, so no two of them ever share a block; `sample` counts from the start of the whole
//! job, so a number depends on neither batch size nor tiling nor which device drew it. Changing the
//! layout is a breaking change.

use super::{normal::normal_from_word, philox::philox4x32_10};

/// The draw that gives a sample's starting state x_T, and the noise of forward noising.
pub const INITIAL_DRAW: u32 = 0;

/// The draw whose noise step `step` of a plan injects: one more than the step's index.
///
/// # Panics
/// If `step` is `u32::MAX`, which has no draw.
#[must_use]
pub const fn step_draw(step: u32) -> u32 {
    assert!(step < u32::MAX, "a plan has fewer than 2^32 - 1 steps");
    step + 1
}

/// The four random words of elements `4 * quad .. 4 * quad + 4` of a sample.
#[must_use]
pub const fn block(seed: u64, sample: u64, draw: u32, quad: u32) -> [u32; 4] {
    philox4x32_10(
        [quad, sample as u32, (sample >> 32) as u32, draw],
        [seed as u32, (seed >> 32) as u32],
    )
}

/// The four normals of elements `4 * quad .. 4 * quad + 4` of a sample: what
/// `normals4` in WGSL gives.
#[must_use]
pub const fn normals4(seed: u64, sample: u64, draw: u32, quad: u32) -> [f32; 4] {
    let [a, b, c, d] = block(seed, sample, draw, quad);
    [
        normal_from_word(a),
        normal_from_word(b),
        normal_from_word(c),
        normal_from_word(d),
    ]
}

/// The normal of one element of a sample.
///
/// `element` is its index in the sample's row-major order, below 2³⁴. To draw a whole sample use
/// [`fill_normals`], which computes each block once.
///
/// # Panics
/// If `element` is 2³⁴ or more: its block number has no 32-bit counter word.
#[must_use]
pub const fn normal(seed: u64, sample: u64, draw: u32, element: u64) -> f32 {
    assert!(element >> 34 == 0, "a sample has at most 2^34 elements");
    normals4(seed, sample, draw, (element >> 2) as u32)[(element & 3) as usize]
}

/// Writes the normals of elements `0 .. out.len()` of a sample, in row-major order.
///
/// # Panics
/// If `out` has more than 2³⁴ elements.
pub fn fill_normals(seed: u64, sample: u64, draw: u32, out: &mut [f32]) {
    for (quad, values) in out.chunks_mut(4).enumerate() {
        let quad = u32::try_from(quad).expect("a sample has at most 2^34 elements");
        values.copy_from_slice(&normals4(seed, sample, draw, quad)[..values.len()]);
    }
}
