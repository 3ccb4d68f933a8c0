//! Which levels a run visits.

use clap::Args;
use ddim_wgpu::diffusion::{Plan, PlanBuilder, Spacing};
use ddim_wgpu::output::RunParameters;

use super::names::names;
use crate::exit::Failure;
use crate::terminal::note;

/// Which steps.
#[derive(Debug, Args)]
pub struct GridArguments {
    /// Number of steps [default: 50]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub steps: Option<usize>,
    /// How the steps are spread: over the training levels, or by what a solver sees (`log-snr`,
    /// `karras`) [default: as the model's scheduler_config.json says]
    #[arg(long, value_parser = names(Spacing::ALL, Spacing::name))]
    pub spacing: Option<Spacing>,
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

    /// Says how many steps there are where a spacing would visit levels twice.
    pub fn tell_left_out(&self, plan: &Plan) {
        let asked = self.asked(plan);
        if plan.step_count() < asked && self.timesteps.is_none() {
            note(format_args!(
                "note: {} of {asked} steps, as the others would visit a level again",
                plan.step_count()
            ));
        }
    }

    /// The number of steps that are asked for, one way or the other.
    fn asked(&self, plan: &Plan) -> usize {
        self.steps.unwrap_or(DEFAULT_STEPS.min(plan.train_steps()))
    }

    pub fn record(&self, plan: &Plan, run: &mut RunParameters) {
        match (&self.timesteps, self.steps) {
            (Some(timesteps), _) => run.option("timesteps", timesteps.as_slice()),
            (None, Some(steps)) => run.option("steps", steps),
            (None, None) => run.option("steps", self.asked(plan)),
        };
        if let Some(spacing) = self.spacing {
            run.option("spacing", spacing.name());
        }
    }
}

/// What a [`PlanBuilder`] takes where nothing is said.
const DEFAULT_STEPS: usize = 50;
