//! At which level the network is asked when data are encoded.

use clap::Args;
use ddim_wgpu::diffusion::{
    EncodeConvention, FinalLevel, Plan, PlanBuilder, PredictionType, SchedulerConfig,
};

use super::names::names;

/// Where the network is asked when data are encoded.
#[derive(Debug, Args)]
pub struct ConventionArgument {
    /// When encoding, the level at which the network is asked: `paper` where the step starts,
    /// `diffusers` where it goes to
    #[arg(long, default_value = "paper", value_parser = names(EncodeConvention::ALL, EncodeConvention::name))]
    pub convention: EncodeConvention,
}

impl ConventionArgument {
    /// Starts a plan that encodes.
    pub fn start(&self, config: &SchedulerConfig, final_level: Option<FinalLevel>) -> PlanBuilder {
        Plan::encode(
            encoding_config(config.clone(), final_level),
            self.convention,
        )
    }
}

/// The configuration that data are encoded by, unless the user asked for a final level.
///
/// A network that predicts the data says nothing of the noise in data without any: there the data
/// are taken to be at the first training level, whose noise is next to nothing.
pub fn encoding_config(mut config: SchedulerConfig, asked: Option<FinalLevel>) -> SchedulerConfig {
    if config.prediction == PredictionType::Sample && asked.is_none() {
        config.final_level = FinalLevel::First;
    }
    config
}
