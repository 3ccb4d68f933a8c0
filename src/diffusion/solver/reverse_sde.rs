//! Euler–Maruyama for the reverse-time VP-SDE (Song et al. 2021, score SDE).

use super::walk::{Solver, Stage, TooMuchNoise, Walk};
use crate::diffusion::schedule::noise_level::NoiseLevel;
use crate::diffusion::step::update::Update;

pub(super) struct ReverseSde;

impl Solver for ReverseSde {
    fn stages(&self, walk: &Walk<'_>) -> Result<Vec<Stage>, TooMuchNoise> {
        let step = walk.step();
        let beta_delta = walk.config.schedule.rate(step.timestep) * step.distance as f64;
        let update = euler_maruyama(step.level, beta_delta, !walk.is_last());
        Ok(vec![step.stage(update)])
    }
}

/// `dx = [−½βx − β·s] dt + √β dw̄` run backwards over `Δ`, with the score `s = −ε/√(1−a)`:
/// `x' = x + ½βΔ·x − βΔ/√(1−a)·ε + √(βΔ)·z`, where `beta_delta` is `β(t)·Δ`.
fn euler_maruyama(level: NoiseLevel, beta_delta: f64, add_noise: bool) -> Update {
    let here = Update::at(level);
    if beta_delta == 0.0 {
        return here;
    }
    let growth = 1.0 + 0.5 * beta_delta;
    Update {
        x0_scale: growth * here.x0_scale,
        eps_scale: growth * here.eps_scale - beta_delta / here.eps_scale,
        noise_scale: if add_noise { beta_delta.sqrt() } else { 0.0 },
        history_scale: 0.0,
    }
}
