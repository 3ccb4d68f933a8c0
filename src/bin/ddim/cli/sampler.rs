//! By which equations.

use clap::Args;
use ddim_wgpu::diffusion::{Plan, PlanBuilder, SamplerKind, SchedulerConfig};
use ddim_wgpu::output::RunParameters;

use super::names::names;

/// Which equations.
#[derive(Debug, Args)]
pub struct SamplerArguments {
    /// Sampler
    #[arg(long, default_value = "ddim", value_parser = names(SamplerKind::ALL, SamplerKind::name))]
    pub sampler: SamplerKind,
    /// Noise that DDIM adds on the way: 0 none, 1 as much as DDPM [default: 0]
    #[arg(long, value_name = "E", allow_negative_numbers = true)]
    pub eta: Option<f64>,
}

impl SamplerArguments {
    pub fn start(&self, config: &SchedulerConfig) -> PlanBuilder {
        let builder = Plan::sampler(config, self.sampler);
        match self.eta {
            Some(eta) => builder.eta(eta),
            None => builder,
        }
    }

    pub fn record(&self, run: &mut RunParameters) {
        run.option("sampler", self.sampler.name());
        if self.sampler == SamplerKind::Ddim {
            run.option("eta", self.eta.unwrap_or(0.0));
        }
    }
}
