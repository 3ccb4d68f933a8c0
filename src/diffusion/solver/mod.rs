//! The samplers, a file each: what stages a step along a grid is made of.
//!
//! All are behind one private trait, `Solver`. A new sampler is a file here with its formula, a
//! name in `config/names.rs`, and an arm in [`solver`].

pub(super) mod ddim;
mod ddpm;
mod dpm_solver;
pub(super) mod encode;
pub(super) mod forward;
mod heun;
mod reverse_sde;
mod walk;

use self::ddim::{Ddim, Noise};
use self::ddpm::Ddpm;
use self::dpm_solver::DpmSolverPlusPlus2M;
use self::heun::Heun;
use self::reverse_sde::ReverseSde;
use self::walk::{Solver, Walk, grid_steps};
use crate::diffusion::config::config::SchedulerConfig;
use crate::diffusion::config::grid::Grid;
use crate::diffusion::config::names::{SamplerKind, Variance};
use crate::diffusion::stage::coefficients::StageCoefficients;
use crate::diffusion::stage::error::PlanError;

/// How a sampler goes along its grid.
pub(super) struct Settings {
    /// Used by DDIM only; counts from the first step of the grid.
    pub(super) noise: Noise,
    /// Whether steps too long for a method's formula are taken another way.
    pub(super) stabilize: bool,
}

/// The rows of a sampler for `grid` without its first `skip` steps.
pub(super) fn sampling(
    kind: SamplerKind,
    config: &SchedulerConfig,
    grid: &Grid,
    skip: usize,
    settings: Settings,
) -> Result<Vec<StageCoefficients>, PlanError> {
    let solver = solver(kind, config.variance, settings.noise);
    let steps = grid_steps(config, grid, skip);
    let mut rows = Vec::with_capacity(steps.len());
    for walk in Walk::along(config, &steps, skip, settings.stabilize) {
        let step = walk.step();
        let stages = solver
            .stages(&walk)
            .map_err(|over| PlanError::TooMuchNoise {
                index: walk.grid_index(),
                timestep: step.timestep,
                sigma_squared: over.sigma_squared,
                limit: step.next.one_minus_alpha_bar(),
            })?;
        rows.extend(stages.into_iter().map(|stage| StageCoefficients {
            step: walk.grid_index() - skip,
            ..StageCoefficients::new(
                stage.timestep,
                stage.level,
                stage.next,
                (config.prediction, config.wrap),
                stage.update,
            )
        }));
    }
    Ok(rows)
}

fn solver(kind: SamplerKind, variance: Variance, noise: Noise) -> Box<dyn Solver> {
    match kind {
        SamplerKind::Ddim => Box::new(Ddim { noise }),
        SamplerKind::Ddpm => Box::new(Ddpm { variance }),
        SamplerKind::DdpmLarge => Box::new(Ddpm {
            variance: Variance::Large,
        }),
        SamplerKind::ReverseSde => Box::new(ReverseSde),
        SamplerKind::Heun => Box::new(Heun),
        SamplerKind::DpmSolverPlusPlus2M => Box::new(DpmSolverPlusPlus2M),
    }
}
