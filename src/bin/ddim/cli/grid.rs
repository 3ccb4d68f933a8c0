//! Which levels a run visits.

use clap::Args;
use ddim_wgpu::diffusion::{Plan, PlanBuilder, TimestepSpacing};
use ddim_wgpu::output::RunParameters;

use super::names::names;
use crate::exit::Failure;

/// Which steps.
#[derive(Debug, Args)]
pub struct GridArguments {
    /// Number of steps [default: 50]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub steps: Option<usize>,
    /// How the steps are spread over the training levels [default: as the model's
    /// scheduler_config.json says]
    #[arg(long, value_parser = names(TimestepSpacing::ALL, TimestepSpacing::name))]
    pub spacing: Option<TimestepSpacing>,
    /// The training levels to visit, falling, in place of --steps and --spacing
    #[arg(
        long,
        value_name = "T,…",
        value_delimiter = ',',
        allow_negative_numbers = true
    )]
    pub timesteps: Option<Vec<usize>>,
}

impl GridArguments {
    /// Finishes a plan on this grid.
    pub fn build(&self, mut builder: PlanBuilder) -> Result<Plan, Failure> {
        if let Some(steps) = self.steps {
            builder = builder.steps(steps);
        }
        if let Some(spacing) = self.spacing {
            builder = builder.spacing(spacing);
        }
        if let Some(timesteps) = &self.timesteps {
            builder = builder.timesteps(timesteps.as_slice());
        }
        Ok(builder.build()?)
    }

    /// The number of steps of this grid over `train_steps` levels.
    pub fn count(&self, train_steps: usize) -> usize {
        match (&self.timesteps, self.steps) {
            (Some(timesteps), _) => timesteps.len(),
            (None, steps) => steps.unwrap_or(DEFAULT_STEPS.min(train_steps)),
        }
    }

    pub fn record(&self, plan: &Plan, run: &mut RunParameters) {
        match (&self.timesteps, self.steps) {
            (Some(timesteps), _) => run.option("timesteps", timesteps.as_slice()),
            (None, Some(steps)) => run.option("steps", steps),
            // Heun's method has more rows than steps.
            (None, None) => run.option("steps", DEFAULT_STEPS.min(plan.train_steps())),
        };
        if let Some(spacing) = self.spacing {
            run.option("spacing", spacing.name());
        }
    }
}

/// What a [`PlanBuilder`] takes where nothing is said.
const DEFAULT_STEPS: usize = 50;
