//! DDIM (Song et al. 2021): any amount of noise that the levels can hold.

use super::walk::{Solver, Stage, TooMuchNoise, Walk};
use crate::diffusion::schedule::noise_level::NoiseLevel;
use crate::diffusion::stage::update::Update;

/// How much noise DDIM adds.
#[derive(Clone, Debug)]
pub(in crate::diffusion) enum Noise {
    /// `η`, at least 0 and finite.
    Eta(f64),
    /// One `σ` for every step of the grid, each at least 0 and finite.
    Sigmas(Vec<f64>),
}

pub(super) struct Ddim {
    pub(super) noise: Noise,
}

impl Solver for Ddim {
    fn stages(&self, walk: &Walk<'_>) -> Result<Vec<Stage>, TooMuchNoise> {
        let step = walk.step();
        let update = match &self.noise {
            Noise::Eta(eta) => with_eta(step.level, step.next, *eta),
            Noise::Sigmas(sigmas) => with_sigma(step.next, sigmas[walk.grid_index()]),
        };
        Ok(vec![step.stage(update?)])
    }
}

/// DDIM(η), equations 12 and 16 of Song et al. 2021: `A = √p`, `σ = η·√((1−p)/(1−a))·√(1−a/p)`,
/// `B = √(1−p−σ²)`.
///
/// `B² = (1−p)·[(1−η²) + η²·(a/p)·(1−p)/(1−a)]`, the form used, has no cancellation for `η` up to
/// 1.
///
/// # Errors
/// Where `σ²` is above `1−p`, which only an `η` above 1 can bring about.
pub(super) fn with_eta(
    level: NoiseLevel,
    next: NoiseLevel,
    eta: f64,
) -> Result<Update, TooMuchNoise> {
    // No noise wanted, or no room for any; `level` may be clean too, where the fractions below are
    // 0/0.
    if eta == 0.0 || next.is_clean() {
        return Ok(Update::at(next));
    }
    let noise_ratio = next.one_minus_alpha_bar() / level.one_minus_alpha_bar();
    let kept = (1.0 - eta * eta) + eta * eta * level.ratio(next) * noise_ratio;
    let noise_scale = eta * (noise_ratio * level.one_minus_ratio(next)).sqrt();
    if kept >= 0.0 {
        Ok(Update {
            eps_scale: next.sqrt_one_minus_alpha_bar() * kept.sqrt(),
            noise_scale,
            ..Update::at(next)
        })
    } else {
        Err(TooMuchNoise {
            sigma_squared: noise_scale * noise_scale,
        })
    }
}

/// A caller's `σ`, at least 0: `A = √p`, `B = √(1−p−σ²)`.
///
/// # Errors
/// Where `σ²` is above `1−p`.
pub(super) fn with_sigma(next: NoiseLevel, sigma: f64) -> Result<Update, TooMuchNoise> {
    /// A `σ` computed as `√(1−p)` may square to a few ulps more.
    const ROUNDING: f64 = 1e-14;
    let limit = next.one_minus_alpha_bar();
    let sigma_squared = sigma * sigma;
    if sigma_squared > limit * (1.0 + ROUNDING) {
        return Err(TooMuchNoise { sigma_squared });
    }
    Ok(Update {
        eps_scale: (limit - sigma_squared).max(0.0).sqrt(),
        noise_scale: sigma,
        ..Update::at(next)
    })
}
