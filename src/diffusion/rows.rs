//! The rows of each sampler, step by step along a grid.

use super::updates::Update;
use super::{
    EncodeConvention, FinalLevel, NoiseLevel, PlanError, PredictionType, SamplerKind,
    SchedulerConfig, StepCoefficients, TimestepGrid, Variance,
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

/// The steps of `grid` after the first `skip`. The next level is the next entry of the grid.
fn grid_steps(config: &SchedulerConfig, grid: &TimestepGrid, skip: usize) -> Vec<GridStep> {
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
    timesteps.iter().zip(targets).map(step).skip(skip).collect()
}

/// The rows of a sampler for `grid` without its first `skip` steps. `noise` is used by DDIM only, and counts from the first step
/// of the grid. A method with memory has none at its first row, whichever that is.
pub(super) fn sampling(
    kind: SamplerKind,
    config: &SchedulerConfig,
    grid: &TimestepGrid,
    skip: usize,
    noise: &Noise,
) -> Result<Vec<StepCoefficients>, PlanError> {
    let steps = grid_steps(config, grid, skip);
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
                Noise::Sigmas(sigmas) => Update::with_sigma(next, sigmas[skip + i]),
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
            index: skip + i,
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

/// The rows of encoding: the steps of DDIM(0) along the same grid without its first `skip` steps, each the other way, in the
/// other order.
pub(super) fn encoding(
    convention: EncodeConvention,
    config: &SchedulerConfig,
    grid: &TimestepGrid,
    skip: usize,
) -> Vec<StepCoefficients> {
    let steps = grid_steps(config, grid, skip);
    let row = |step: &GridStep| {
        let timestep = match (convention, step.next_timestep) {
            (EncodeConvention::Paper, Some(timestep)) => timestep,
            // Data without noise are no training level. The nearest is level 0; but for ε by way of x̂₀ the network must be
            // asked where the row goes, and so it is in both conventions.
            (EncodeConvention::Paper, None) if config.prediction != PredictionType::Sample => 0,
            _ => step.timestep,
        };
        StepCoefficients::new(
            timestep,
            step.next,
            step.level,
            config.prediction,
            Update::at(step.level),
        )
        .asking_at(timestep, config.schedule.level(timestep), config.prediction)
    };
    steps.iter().rev().map(row).collect()
}
