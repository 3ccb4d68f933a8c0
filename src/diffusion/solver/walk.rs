//! A walk along a grid, step by step, and what a sampler is to it.

use crate::diffusion::config::config::{FinalLevel, SchedulerConfig};
use crate::diffusion::config::grid::{Grid, Node};
use crate::diffusion::schedule::noise_level::NoiseLevel;
use crate::diffusion::stage::history::Kept;
use crate::diffusion::stage::update::Update;

/// A method of going from noise to data.
pub(super) trait Solver {
    /// The stages of the step that `walk` is at, in the order run; at least one. Each is one row of
    /// the plan, and one evaluation of the network.
    ///
    /// # Errors
    /// [`TooMuchNoise`] where the level that the step goes to cannot hold the noise asked for.
    fn stages(&self, walk: &Walk<'_>) -> Result<Vec<Stage>, TooMuchNoise>;

    /// What the stages keep for those that look back.
    fn kept(&self) -> Kept {
        Kept::X0
    }
}

/// One row, before the prediction type is known to it.
#[derive(Clone, Copy)]
pub(super) struct Stage {
    /// What the network is told.
    pub(super) timestep: f64,
    /// The level of the state.
    pub(super) level: NoiseLevel,
    /// The level that the row goes to.
    pub(super) next: NoiseLevel,
    pub(super) update: Update,
    /// Whether its estimate is there for those that look back.
    pub(super) keeps: bool,
}

/// A variance above the share of noise in the level that the step goes to.
pub(super) struct TooMuchNoise {
    pub(super) sigma_squared: f64,
}

/// One step along a grid, from more noise to less.
#[derive(Clone, Copy)]
pub(super) struct GridStep {
    pub(super) timestep: f64,
    pub(super) level: NoiseLevel,
    pub(super) next: NoiseLevel,
    /// Training steps between the two levels, of the length that they have at the first.
    pub(super) distance: f64,
    /// The timestep of `next`, where that is a training level.
    pub(super) next_timestep: Option<f64>,
}

impl GridStep {
    /// A stage from the one end of the step to the other.
    pub(super) fn stage(&self, update: Update) -> Stage {
        Stage {
            timestep: self.timestep,
            level: self.level,
            next: self.next,
            update,
            keeps: true,
        }
    }

    /// Whether a second-order step has an ODE to work with: both ends have signal and noise, and
    /// they differ.
    pub(super) fn is_between(&self) -> bool {
        !self.level.is_pure_noise() && !self.next.is_clean() && self.level != self.next
    }
}

/// Where a plan is on its way along a grid.
pub(super) struct Walk<'a> {
    pub(super) config: &'a SchedulerConfig,
    /// Whether steps too long for a method's formula are taken another way.
    pub(super) stabilize: bool,
    steps: &'a [GridStep],
    index: usize,
    /// Steps of the grid left out before the first.
    skip: usize,
}

impl<'a> Walk<'a> {
    /// A walk at each step in turn. `steps` are those of a grid without the first `skip`.
    pub(super) fn along(
        config: &'a SchedulerConfig,
        steps: &'a [GridStep],
        skip: usize,
        stabilize: bool,
    ) -> impl Iterator<Item = Self> {
        (0..steps.len()).map(move |index| Self {
            config,
            stabilize,
            steps,
            index,
            skip,
        })
    }

    /// The step.
    pub(super) fn step(&self) -> &'a GridStep {
        &self.steps[self.index]
    }

    /// The steps before it, the latest first. A method with memory has none at its first step,
    /// whichever that is.
    pub(super) fn earlier(&self) -> impl Iterator<Item = &'a GridStep> {
        self.steps[..self.index].iter().rev()
    }

    /// The walk at the step before.
    pub(super) fn before(&self) -> Option<Self> {
        Some(Self {
            index: self.index.checked_sub(1)?,
            ..*self
        })
    }

    /// How many steps are left, with this one.
    pub(super) fn left(&self) -> usize {
        self.steps.len() - self.index
    }

    /// How many steps the whole grid has.
    pub(super) fn grid_len(&self) -> usize {
        self.skip + self.steps.len()
    }

    /// Whether no step follows.
    pub(super) fn is_last(&self) -> bool {
        self.left() == 1
    }

    /// The step's number in the whole grid, from 0.
    pub(super) fn grid_index(&self) -> usize {
        self.skip + self.index
    }
}

/// The steps of `grid` after the first `skip`. The next level is the next entry of the grid.
pub(super) fn grid_steps(config: &SchedulerConfig, grid: &Grid, skip: usize) -> Vec<GridStep> {
    let last = match config.final_level {
        FinalLevel::One => None,
        FinalLevel::First => Some(Node::of_timestep(&config.schedule, 0)),
    };
    let nodes = grid.nodes();
    let targets = nodes[1..].iter().map(|&node| Some(node)).chain([last]);
    let step = |(node, next): (&Node, Option<Node>)| GridStep {
        timestep: node.timestep,
        level: node.level,
        next: next.map_or(NoiseLevel::CLEAN, |next| next.level),
        distance: config
            .schedule
            .distance(node.timestep, next.map(|next| next.timestep)),
        next_timestep: next.map(|next| next.timestep),
    };
    nodes.iter().zip(targets).map(step).skip(skip).collect()
}
