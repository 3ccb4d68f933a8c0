//! Heun's method for the probability-flow ODE in `φ = √((1−ᾱ)/ᾱ)`: second order, two stages a step.

use super::multistep::is_short;
use super::walk::{Solver, Stage, TooMuchNoise, Walk};
use crate::diffusion::schedule::noise_level::NoiseLevel;
use crate::diffusion::stage::update::Update;

pub(super) struct Heun;

impl Solver for Heun {
    fn stages(&self, walk: &Walk<'_>) -> Result<Vec<Stage>, TooMuchNoise> {
        let step = walk.step();
        let mut stages = vec![step.stage(Update::at(step.next))];
        if let Some(timestep) = step.next_timestep
            && step.is_between()
            && is_short(walk)
        {
            stages.push(Stage {
                timestep,
                level: step.next,
                next: step.next,
                update: corrector(step.level, step.next),
                keeps: true,
            });
        }
        Ok(stages)
    }
}

/// The second stage of a step from `previous` (`a`) to `level` (`p`), which the first, an Euler
/// step, has already made.
///
/// In `y = x/√ᾱ` the ODE is `dy/dφ = ε`, and Heun's step `y' = y + (φ_p − φ_a)·(ε₁ + ε₂)/2`. The
/// Euler step left `x̃ = √p·x̂₀₁ + √(1−p)·ε₁`, and the network, asked there, says
/// `x̃ = √p·x̂₀₂ + √(1−p)·ε₂`. So `y = x̂₀₁ + φ_a·ε₁` and `ε₁ = ε₂ + (x̂₀₂ − x̂₀₁)/φ_p`, and `y'`
/// comes out as `r·x̂₀₂ + (1−r)·x̂₀₁ + φ_p·ε₂` with `r = (1 + φ_a/φ_p)/2`.
fn corrector(previous: NoiseLevel, level: NoiseLevel) -> Update {
    let r = 0.5 * (1.0 + previous.noise_to_signal() / level.noise_to_signal());
    let here = Update::at(level);
    Update {
        x0_scale: r * here.x0_scale,
        history: [(1.0 - r) * here.x0_scale, 0.0, 0.0],
        ..here
    }
}
