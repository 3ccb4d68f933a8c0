//! What is clipped beside x̂₀.

use clap::Args;
use ddim_wgpu::diffusion::PlanBuilder;
use ddim_wgpu::output::RunParameters;

/// What is clipped beside x̂₀, as policies are sampled.
#[derive(Debug, Args)]
pub struct ClipArguments {
    /// Clip the noise that a step adds to ±C; x_T is not clipped
    #[arg(long, value_name = "C", allow_negative_numbers = true)]
    clip_noise: Option<f64>,
    /// Clip ε̂ of DDIM to ±C, after it is made again from the clipped x̂₀ if it is
    #[arg(long, value_name = "C", allow_negative_numbers = true)]
    clip_epsilon: Option<f64>,
    /// Clip the samples to ±C, after the last step
    #[arg(long, value_name = "C", allow_negative_numbers = true)]
    clip_final: Option<f64>,
    /// Whether DDIM makes ε̂ again from the clipped x̂₀; most other samplers always do [default:
    /// false]
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true")]
    rederive_epsilon: Option<bool>,
}

impl ClipArguments {
    pub fn apply(&self, mut builder: PlanBuilder) -> PlanBuilder {
        if let Some(limit) = self.clip_noise {
            builder = builder.clip_noise(limit);
        }
        if let Some(limit) = self.clip_epsilon {
            builder = builder.clip_epsilon(limit);
        }
        if let Some(limit) = self.clip_final {
            builder = builder.clip_final(limit);
        }
        if let Some(rederive) = self.rederive_epsilon {
            builder = builder.rederive_epsilon(rederive);
        }
        builder
    }

    pub fn record(&self, run: &mut RunParameters) {
        let limits = [
            ("clip-noise", self.clip_noise),
            ("clip-epsilon", self.clip_epsilon),
            ("clip-final", self.clip_final),
        ];
        for (name, limit) in limits {
            if let Some(limit) = limit {
                run.option(name, limit);
            }
        }
        if let Some(rederive) = self.rederive_epsilon {
            run.option("rederive-epsilon", rederive);
        }
    }
}
