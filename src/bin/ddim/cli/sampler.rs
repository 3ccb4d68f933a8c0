//! By which equations.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use ddim_wgpu::diffusion::{Plan, PlanBuilder, SamplerKind, SchedulerConfig};
use ddim_wgpu::output::RunParameters;

use super::sigmas::SigmasArgument;
use crate::exit::Failure;

/// Which equations.
#[derive(Debug, Args)]
pub struct SamplerArguments {
    /// Sampler
    #[arg(long, default_value = "ddim", value_parser = samplers())]
    pub sampler: SamplerKind,
    /// Noise that DDIM adds on the way: 0 none, 1 as much as DDPM [default: 0]
    #[arg(long, value_name = "E", allow_negative_numbers = true)]
    pub eta: Option<f64>,
    #[command(flatten)]
    pub sigmas: SigmasArgument,
}

impl SamplerArguments {
    /// Starts a plan by these equations.
    pub fn start(&self, config: &SchedulerConfig) -> Result<PlanBuilder, Failure> {
        let mut builder = Plan::sampler(config, self.sampler);
        if let Some(eta) = self.eta {
            builder = builder.eta(eta);
        }
        if let Some(sigmas) = self.sigmas.read()? {
            builder = builder.sigmas(sigmas);
        }
        Ok(builder)
    }

    pub fn record(&self, run: &mut RunParameters) {
        run.option("sampler", self.sampler.name());
        self.sigmas.record(run);
        if self.sampler == SamplerKind::Ddim && !self.sigmas.is_given() {
            run.option("eta", self.eta.unwrap_or(0.0));
        }
    }
}

/// The names of the samplers; the help says of each its order and what it needs.
pub fn samplers() -> impl TypedValueParser<Value = SamplerKind> {
    let described = SamplerKind::ALL.iter().map(|kind| {
        let (order, needs) = (kind.order(), kind.needs());
        PossibleValue::new(kind.name()).help(format!("order {order}; needs {needs}"))
    });
    PossibleValuesParser::new(described).try_map(|name| name.parse::<SamplerKind>())
}
