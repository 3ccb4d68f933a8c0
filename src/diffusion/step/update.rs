//! The numbers that make a row one sampler or another: how `x̂₀`, `ε̂`, noise and history are
//! mixed.
//!
//! The state itself is not among the terms, and need not be: where `ε̂` belongs to `x̂₀`,
//! `x = √a·x̂₀ + √(1−a)·ε̂`.

use crate::diffusion::schedule::noise_level::NoiseLevel;

/// The scales of one row,
/// `x' = x0_scale·x̂₀ + eps_scale·ε̂ + noise_scale·z + history_scale·(x̂₀ of the previous row)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::diffusion) struct Update {
    pub(in crate::diffusion) x0_scale: f64,
    pub(in crate::diffusion) eps_scale: f64,
    pub(in crate::diffusion) noise_scale: f64,
    pub(in crate::diffusion) history_scale: f64,
}

impl Update {
    /// A state at `level`, made of `x̂₀` and `ε̂`: a step without noise that goes there.
    pub(in crate::diffusion) fn at(level: NoiseLevel) -> Self {
        Self {
            x0_scale: level.sqrt_alpha_bar(),
            eps_scale: level.sqrt_one_minus_alpha_bar(),
            noise_scale: 0.0,
            history_scale: 0.0,
        }
    }
}
