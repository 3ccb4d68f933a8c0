//! DDPM (Ho et al. 2020), with either variance.

use super::ddim::with_eta;
use super::walk::{Solver, Stage, TooMuchNoise, Walk};
use crate::diffusion::config::names::Variance;
use crate::diffusion::schedule::noise_level::NoiseLevel;
use crate::diffusion::stage::update::Update;

pub(super) struct Ddpm {
    pub(super) variance: Variance,
}

impl Solver for Ddpm {
    fn stages(&self, walk: &Walk<'_>) -> Result<Vec<Stage>, TooMuchNoise> {
        let step = walk.step();
        let update = match self.variance {
            // The posterior of the Markov chain is what DDIM with η = 1 takes.
            Variance::Small => with_eta(step.level, step.next, 1.0),
            Variance::Large => large(step.level, step.next),
        };
        Ok(vec![step.stage(update?)])
    }
}

/// The large variance, DDIM's `σ̂`: the mean of `η = 1` with noise `√(1−a/p)`. Not a DDIM(η): the
/// noise no longer fits the level. A step to data adds none.
fn large(level: NoiseLevel, next: NoiseLevel) -> Result<Update, TooMuchNoise> {
    let mean = with_eta(level, next, 1.0)?;
    if next.is_clean() {
        return Ok(mean);
    }
    Ok(Update {
        noise_scale: level.one_minus_ratio(next).sqrt(),
        ..mean
    })
}
