//! Noise that is the same bits on every machine.
//!
//! A counter-based generator ([`philox4x32_10`]) turns (seed, sample, draw, element) into random words
//! ([`block`]), and an integer-only inverse CDF ([`normal_from_word`]) turns each word into a normal. Nothing here
//! holds state, fails or allocates. Each file has a WGSL twin in `shaders/shared/` that gives the same bits.

pub mod fingerprint;
mod normal;
mod normal_table;
mod philox;
mod stream;

pub use normal::{NORMAL_MAX, NORMAL_UNIT, normal_from_word, normal_units_from_word};
pub use normal_table::{NORMAL_SEGMENTS, NORMAL_TABLE};
pub use philox::{PHILOX_ROUNDS, philox4x32_10};
pub use stream::{INITIAL_DRAW, block, fill_normals, normal, normals4, step_draw};
