//! Encoding: DDIM(0) the other way, from data to noise.

use super::walk::{GridStep, grid_steps};
use crate::diffusion::config::config::SchedulerConfig;
use crate::diffusion::config::grid::Grid;
use crate::diffusion::config::names::{EncodeConvention, PredictionType};
use crate::diffusion::config::wrap::Wrap;
use crate::diffusion::stage::coefficients::StageCoefficients;
use crate::diffusion::stage::update::Update;

/// The rows of encoding: the steps of DDIM(0) along the same grid without its first `skip` steps,
/// each the other way, in the other order.
pub(in crate::diffusion) fn encoding(
    convention: EncodeConvention,
    config: &SchedulerConfig,
    grid: &Grid,
    skip: usize,
) -> Vec<StageCoefficients> {
    let steps = grid_steps(config, grid, skip);
    let predicts_data = config.prediction == PredictionType::Sample && config.wrap == Wrap::None;
    let row = |step: &GridStep| {
        let timestep = match (convention, step.next_timestep) {
            (EncodeConvention::Paper, Some(timestep)) => timestep,
            // Data without noise are no training level. The nearest is level 0; but for ε by way of
            // x̂₀ the network must be asked where the row goes, and so it is in both conventions.
            (EncodeConvention::Paper, None) if !predicts_data => 0.0,
            _ => step.timestep,
        };
        StageCoefficients::new(
            timestep,
            step.next,
            step.level,
            (config.prediction, config.wrap),
            Update::at(step.level),
        )
        .asking_at(
            timestep,
            config.schedule.level_at(timestep),
            (config.prediction, config.wrap),
        )
    };
    let rows = steps.iter().rev().map(row).enumerate();
    rows.map(|(step, row)| StageCoefficients { step, ..row })
        .collect()
}
