//! The samplers, a file each: what stages a step along a grid is made of.
//!
//! All are behind one private trait, `Solver`. A new sampler is a file here with its formula, a
//! name in `config/names.rs`, and an arm in [`solver`].

mod adams;
mod consistency;
pub(super) mod ddim;
mod ddpm;
mod dpm_solver;
pub(super) mod encode;
pub(super) mod forward;
mod heun;
mod lagrange;
mod multistep;
pub(super) mod posterior;
mod reverse_sde;
mod unipc;
mod walk;

use self::adams::{Interpolating, Plms, Variable};
use self::consistency::Consistency;
use self::ddim::{Ddim, Noise};
use self::ddpm::Ddpm;
use self::dpm_solver::{DpmSolver, DpmSolverPlusPlus, SdeDpmSolverPlusPlus2M};
use self::heun::Heun;
use self::reverse_sde::ReverseSde;
use self::unipc::UniPc;
use self::walk::{Solver, Walk, grid_steps};
use crate::diffusion::config::config::SchedulerConfig;
use crate::diffusion::config::grid::Grid;
use crate::diffusion::config::names::{SamplerKind, Variance};
use crate::diffusion::stage::coefficients::StageCoefficients;
use crate::diffusion::stage::error::PlanError;
use crate::diffusion::stage::history::{History, Kept};

/// How a sampler goes along its grid.
pub(super) struct Settings {
    /// Used by DDIM only; counts from the first step of the grid.
    pub(super) noise: Noise,
    /// Whether steps too long for a method's formula are taken another way.
    pub(super) stabilize: bool,
}

/// The rows of a sampler, and what they look back on.
pub(super) struct Rows {
    pub(super) rows: Vec<StageCoefficients>,
    pub(super) history: History,
}

/// The rows of a sampler for `grid` without its first `skip` steps.
pub(super) fn sampling(
    kind: SamplerKind,
    config: &SchedulerConfig,
    grid: &Grid,
    skip: usize,
    settings: Settings,
) -> Result<Rows, PlanError> {
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
            step: walk.grid_index(),
            keeps: stage.keeps,
            ..StageCoefficients::new(
                stage.timestep,
                stage.level,
                stage.next,
                (config.prediction, config.wrap),
                stage.update,
            )
        }));
    }
    let history = take_slots(&mut rows, solver.kept());
    Ok(Rows { rows, history })
}

/// Gives every row its slot of the ring, and says what the rows look back on.
fn take_slots(rows: &mut [StageCoefficients], kept: Kept) -> History {
    let furthest = rows.iter().flat_map(|row| {
        let ages = row.history.iter().rposition(|&share| share != 0.0);
        ages.map(|age| age + 1)
    });
    let Some(furthest) = furthest.max() else {
        rows.iter_mut().for_each(|row| row.keeps = false);
        return History::None;
    };
    let mut taken = 0;
    for row in rows.iter_mut() {
        row.slot = taken % StageCoefficients::SLOTS;
        taken += usize::from(row.keeps);
    }
    if furthest == 1 && kept == Kept::X0 && taken == rows.len() {
        History::LastX0
    } else {
        History::Ring(kept)
    }
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
        SamplerKind::DpmSolverPlusPlus2M => Box::new(DpmSolverPlusPlus { order: 2 }),
        SamplerKind::DpmSolverPlusPlus3M => Box::new(DpmSolverPlusPlus { order: 3 }),
        SamplerKind::SdeDpmSolverPlusPlus2M => Box::new(SdeDpmSolverPlusPlus2M),
        SamplerKind::DpmSolver2M => Box::new(DpmSolver { order: 2 }),
        SamplerKind::DpmSolver3M => Box::new(DpmSolver { order: 3 }),
        SamplerKind::UniPc2 => Box::new(UniPc { order: 2 }),
        SamplerKind::UniPc3 => Box::new(UniPc { order: 3 }),
        SamplerKind::Deis2 => interpolating(Variable::LogPhi, 2),
        SamplerKind::Deis3 => interpolating(Variable::LogPhi, 3),
        SamplerKind::Lms => interpolating(Variable::Phi, 4),
        SamplerKind::Plms => Box::new(Plms),
        SamplerKind::Consistency => Box::new(Consistency),
    }
}

fn interpolating(variable: Variable, order: usize) -> Box<dyn Solver> {
    Box::new(Interpolating { variable, order })
}
