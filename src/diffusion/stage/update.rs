//! The numbers that make a row one sampler or another: how `x̂₀`, `ε̂`, noise and history are
//! mixed.
//!
//! The state itself is not among the terms, and need not be: where `ε̂` belongs to `x̂₀`,
//! `x = √a·x̂₀ + √(1−a)·ε̂`.

use super::history::HISTORY;
use crate::diffusion::schedule::noise_level::NoiseLevel;

/// The scales of one row,
/// `x' = x0_scale·x̂₀ + eps_scale·ε̂ + noise_scale·z + Σ history[k]·(what was kept k+1 times ago)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::diffusion) struct Update {
    pub(in crate::diffusion) x0_scale: f64,
    pub(in crate::diffusion) eps_scale: f64,
    pub(in crate::diffusion) noise_scale: f64,
    pub(in crate::diffusion) history: [f64; HISTORY],
}

impl Update {
    /// A state at `level`, made of `x̂₀` and `ε̂`: a step without noise that goes there.
    pub(in crate::diffusion) fn at(level: NoiseLevel) -> Self {
        Self {
            x0_scale: level.sqrt_alpha_bar(),
            eps_scale: level.sqrt_one_minus_alpha_bar(),
            noise_scale: 0.0,
            history: [0.0; HISTORY],
        }
    }

    /// A step without noise to `next` that takes shares of earlier `x̂₀`, the latest first: those
    /// of all estimates together are `√p`, as where there is but one.
    pub(in crate::diffusion) fn by_data(next: NoiseLevel, shares: &[f64]) -> Self {
        let there = Self::at(next);
        Self {
            x0_scale: there.x0_scale - shares.iter().sum::<f64>(),
            history: padded(shares),
            ..there
        }
    }

    /// A step without noise to `next`, `y' = y + Σ weights[k]·ε_k` in `y = x/√ᾱ`, where `weights`
    /// are those of earlier `ε̂`, the latest first: all weights together are `φ_p − φ_a`.
    pub(in crate::diffusion) fn by_noise(next: NoiseLevel, weights: &[f64]) -> Self {
        let there = Self::at(next);
        let shares: Vec<f64> = weights.iter().map(|w| w * there.x0_scale).collect();
        Self {
            eps_scale: there.eps_scale - shares.iter().sum::<f64>(),
            history: padded(&shares),
            ..there
        }
    }
}

fn padded(shares: &[f64]) -> [f64; HISTORY] {
    let mut history = [0.0; HISTORY];
    history[..shares.len()].copy_from_slice(shares);
    history
}
