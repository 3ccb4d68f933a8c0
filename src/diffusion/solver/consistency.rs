//! Multistep consistency sampling (Song et al. 2023), as latent consistency models have it (Luo et
//! al. 2023): an estimate of the data, noised anew to the next level.

use super::walk::{Solver, Stage, TooMuchNoise, Walk};
use crate::diffusion::stage::history::HISTORY;
use crate::diffusion::stage::update::Update;

/// The data's deviation and the timestep's scale in the boundary condition; diffusers'
/// `LCMScheduler` has these.
const SIGMA_DATA: f64 = 0.5;
const TIMESTEP_SCALING: f64 = 10.0;

pub(super) struct Consistency;

impl Solver for Consistency {
    /// `x' = √p·(c_out·x̂₀ + c_skip·x) + √(1−p)·z`.
    fn stages(&self, walk: &Walk<'_>) -> Result<Vec<Stage>, TooMuchNoise> {
        let step = walk.step();
        if walk.stabilize && step.next.is_clean() {
            // The boundary condition is for the network's own last level; an estimate of the data
            // is what a run to data ends on.
            return Ok(vec![step.stage(Update::at(step.next))]);
        }
        let scaled = step.timestep * TIMESTEP_SCALING;
        let total = scaled * scaled + SIGMA_DATA * SIGMA_DATA;
        let (skip, out) = (SIGMA_DATA * SIGMA_DATA / total, scaled / total.sqrt());
        let (here, signal) = (Update::at(step.level), step.next.sqrt_alpha_bar());
        let update = Update {
            x0_scale: signal * (out + skip * here.x0_scale),
            eps_scale: signal * skip * here.eps_scale,
            noise_scale: if walk.is_last() {
                0.0
            } else {
                step.next.sqrt_one_minus_alpha_bar()
            },
            history: [0.0; HISTORY],
        };
        Ok(vec![step.stage(update)])
    }
}
