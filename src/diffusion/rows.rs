//! The rows of each sampler, step by step along a grid.

use super::updates::Update;
use super::{
    EncodeConvention, FinalLevel, NoiseLevel, PlanError, SamplerKind, SchedulerConfig,
    StepCoefficients, TimestepGrid, Variance,
};

/// How much noise DDIM adds.
#[derive(Clone, Debug)]
pub(super) enum Noise {
    /// `η`, at least 0 and finite.
    Eta(f64),
    /// One `σ` for every step of the grid, each at least 0 and finite.
    Sigmas(Vec<f64>),
}

/// One step along a grid, from more noise to less.
#[derive(Clone, Copy)]
struct GridStep {
    timestep: usize,
    level: NoiseLevel,
    next: NoiseLevel,
    /// Training steps between the two levels.
    distance: usize,
    /// The timestep of `next`, where that is a training level.
    next_timestep: Option<usize>,
}

/// The steps of `grid`. The next level is the next entry of the grid.
fn grid_steps(config: &SchedulerConfig, grid: &TimestepGrid) -> Vec<GridStep> {
    let schedule = &config.schedule;
    let last_target = match config.final_level {
        FinalLevel::One => None,
        FinalLevel::First => Some(0),
    };
    let timesteps = grid.as_slice();
    let targets = timesteps[1..].iter().map(|&t| Some(t)).chain([last_target]);
    let step = |(&timestep, next_timestep): (&usize, Option<usize>)| GridStep {
        timestep,
        level: schedule.level(timestep),
        next: next_timestep.map_or(NoiseLevel::CLEAN, |t| schedule.level(t)),
        // Data are one step before level 0.
        distance: next_timestep.map_or(timestep + 1, |t| timestep - t),
        next_timestep,
    };
    timesteps.iter().zip(targets).map(step).collect()
}

/// The rows of a sampler. `noise` is used by DDIM only.
pub(super) fn sampling(
    kind: SamplerKind,
    config: &SchedulerConfig,
    grid: &TimestepGrid,
    noise: &Noise,
) -> Result<Vec<StepCoefficients>, PlanError> {
    let steps = grid_steps(config, grid);
    let mut rows: Vec<StepCoefficients> = Vec::with_capacity(steps.len());
    for (i, step) in steps.iter().enumerate() {
        let GridStep {
            timestep,
            level,
            next,
            distance,
            next_timestep,
        } = *step;
        let update = match kind {
            SamplerKind::Ddim => match noise {
                Noise::Eta(eta) => Update::ddim(level, next, *eta),
                Noise::Sigmas(sigmas) => Update::with_sigma(next, sigmas[i]),
            },
            SamplerKind::Ddpm if config.variance == Variance::Small => {
                Update::ddim(level, next, 1.0)
            }
            SamplerKind::Ddpm | SamplerKind::DdpmLarge => Update::ddpm_large(level, next),
            SamplerKind::ReverseSde => {
                let beta_delta = config.schedule.rate(timestep) * distance as f64;
                Ok(Update::reverse_sde(level, beta_delta, i + 1 < steps.len()))
            }
            SamplerKind::DpmSolverPlusPlus2M if i > 0 && is_between(level, next) => {
                Ok(Update::dpm_solver_2m(steps[i - 1].level, level, next))
            }
            SamplerKind::Heun | SamplerKind::DpmSolverPlusPlus2M => Ok(Update::at(next)),
        };
        let update = update.map_err(|sigma_squared| PlanError::TooMuchNoise {
            index: i,
            timestep,
            sigma_squared,
            limit: next.one_minus_alpha_bar(),
        })?;
        rows.push(StepCoefficients::new(
            timestep,
            level,
            next,
            config.prediction,
            update,
        ));
        if let (SamplerKind::Heun, Some(next_timestep)) = (kind, next_timestep)
            && is_between(level, next)
        {
            let update = Update::heun_corrector(level, next);
            rows.push(StepCoefficients::new(
                next_timestep,
                next,
                next,
                config.prediction,
                update,
            ));
        }
    }
    Ok(rows)
}

/// Whether a second-order step has an ODE to work with: both ends have signal and noise, and they differ.
fn is_between(level: NoiseLevel, next: NoiseLevel) -> bool {
    !level.is_pure_noise() && !next.is_clean() && level != next
}

/// The rows of encoding: the steps of DDIM(0) along the same grid, each the other way, in the other order.
pub(super) fn encoding(
    convention: EncodeConvention,
    config: &SchedulerConfig,
    grid: &TimestepGrid,
) -> Vec<StepCoefficients> {
    let steps = grid_steps(config, grid);
    let row = |step: &GridStep| {
        let timestep = match convention {
            // Data without noise are no training level; the nearest is level 0.
            EncodeConvention::Paper => step.next_timestep.unwrap_or(0),
            EncodeConvention::Diffusers => step.timestep,
        };
        StepCoefficients::new(
            timestep,
            step.next,
            step.level,
            config.prediction,
            Update::at(step.level),
        )
    };
    steps.iter().rev().map(row).collect()
}
