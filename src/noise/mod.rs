//! Noise that is the same bits on every machine.
//!
//! A counter-based generator ([`philox4x32_10`]) turns (seed, sample, draw, element) into random
//! words ([`block`]), and an integer-only inverse CDF ([`normal_from_word`]) turns each word into a
//! normal. Nothing here holds state, fails or allocates. Each file has a WGSL twin in
//! `shaders/shared/` that gives the same bits.
//!
//! # Stability
//! The generator, the layout of its counter, the normal table and the mapping of words to
//! normals are a contract: a seed gives the same noise in every version with the same major
//! number, on every driver and on the CPU. One number stands for it, [`fingerprint::HASH`],
//! `0x1AB4A1B9413780C0`. What is computed *from* the noise is floating point and agrees
//! within tolerances, not bits.
//!
//! # Quality
//! A word decides one normal, so normals are as independent as Philox's words, which pass BigCrush
//! (the paper) and dieharder in every order a sampler reads them in (`scripts/randomness.md`).
//! Normals lie on a grid of [`NORMAL_UNIT`] and reach to ±[`NORMAL_MAX`]: beyond it lies 2.3 ×
//! 10⁻¹⁰ of a true normal's mass. Not for cryptography.
//!
//! ```
//! use ddim_wgpu::noise;
//!
//! let mut x_t = [0.0; 784];
//! noise::fill_normals(42, 7, noise::INITIAL_DRAW, &mut x_t); // sample 7 of seed 42, whatever its batch
//! assert_eq!(x_t[5], noise::normal(42, 7, noise::INITIAL_DRAW, 5));
//! ```

pub mod fingerprint;
mod normal;
mod normal_table;
mod philox;
mod slerp;
mod stream;

pub use normal::{NORMAL_MAX, NORMAL_UNIT, normal_from_word, normal_units_from_word};
pub use normal_table::{NORMAL_SEGMENTS, NORMAL_TABLE};
#[cfg(feature = "cpu-engine")]
pub(crate) use philox::{KEY_INCREMENTS, MULTIPLIERS};
pub use philox::{PHILOX_ROUNDS, philox4x32_10};
pub use slerp::slerp;
pub use stream::{INITIAL_DRAW, block, fill_normals, normal, normals4, step_draw};
