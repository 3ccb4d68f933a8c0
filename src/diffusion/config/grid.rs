//! Grids: which levels a run visits, and what the network is told of each.

use super::names::LevelSpacing;
use super::timesteps::{TimestepError, TimestepGrid};
use crate::diffusion::schedule::discrete::NoiseSchedule;
use crate::diffusion::schedule::noise_level::NoiseLevel;

/// `ρ` of Karras et al. 2022, equation 5.
const KARRAS_RHO: f64 = 7.0;

/// A level of a grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::diffusion) struct Node {
    /// From 0 to `T − 1`.
    pub(in crate::diffusion) timestep: f64,
    pub(in crate::diffusion) level: NoiseLevel,
}

impl Node {
    /// A training level.
    pub(in crate::diffusion) fn of_timestep(schedule: &NoiseSchedule, timestep: usize) -> Self {
        Self {
            timestep: timestep as f64,
            level: schedule.level(timestep),
        }
    }

    /// Any level that the schedule reaches.
    fn of_level(schedule: &NoiseSchedule, level: NoiseLevel) -> Self {
        let timestep = schedule.timestep_of(level);
        Self { timestep, level }
    }
}

/// The levels a run visits, in the order run: never empty, each with less
/// noise than the one before.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::diffusion) struct Grid(Vec<Node>);

impl Grid {
    /// Training levels.
    pub(in crate::diffusion) fn of_timesteps(
        schedule: &NoiseSchedule,
        timesteps: &TimestepGrid,
    ) -> Self {
        let node = |&timestep: &usize| Node::of_timestep(schedule, timestep);
        Self(timesteps.as_slice().iter().map(node).collect())
    }

    /// `steps` levels from that of training level `top` to that of training level 0,
    /// spaced by what a solver sees.
    ///
    /// # Errors
    /// [`TimestepError::NoSteps`] or [`TimestepError::TooManySteps`].
    pub(in crate::diffusion) fn of_levels(
        schedule: &NoiseSchedule,
        spacing: LevelSpacing,
        top: usize,
        steps: usize,
    ) -> Result<Self, TimestepError> {
        let train_steps = top + 1;
        if steps == 0 {
            return Err(TimestepError::NoSteps);
        }
        if steps > train_steps {
            return Err(TimestepError::TooManySteps { steps, train_steps });
        }
        let ends = [schedule.level(top), schedule.level(0)];
        let along = |[from, to]: [f64; 2], i: usize| {
            from + (to - from) * i as f64 / (steps.max(2) - 1) as f64
        };
        let level = |i: usize| match spacing {
            // The ends as they are, so that they keep their timesteps.
            _ if i == 0 => ends[0],
            _ if i + 1 == steps => ends[1],
            LevelSpacing::LogSnr => {
                let lambdas = ends.map(NoiseLevel::half_log_snr);
                NoiseLevel::from_half_log_snr(along(lambdas, i))
            }
            LevelSpacing::Karras => {
                let root = |level: NoiseLevel| level.noise_to_signal().powf(KARRAS_RHO.recip());
                let phi = along(ends.map(root), i).powf(KARRAS_RHO);
                NoiseLevel::from_noise_to_signal(phi)
            }
        };
        let node = |i| Node::of_level(schedule, level(i));
        Ok(Self((0..steps).map(node).collect()))
    }

    pub(in crate::diffusion) fn nodes(&self) -> &[Node] {
        &self.0
    }

    /// The number of levels, which is that of steps.
    pub(in crate::diffusion) fn len(&self) -> usize {
        self.0.len()
    }
}
