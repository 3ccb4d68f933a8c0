//! What of the model's configuration is overridden.

use clap::Args;
use ddim_wgpu::diffusion::{Clipping, FinalLevel, SchedulerConfig};
use ddim_wgpu::output::RunParameters;

/// What a run does otherwise than the model's scheduler_config.json says.
#[derive(Debug, Args)]
pub struct OverrideArguments {
    /// Clip x̂₀ to ±RANGE, or `none` [default: as the model's scheduler_config.json says]
    #[arg(long, value_name = "RANGE|none", value_parser = parse_clip, allow_negative_numbers = true)]
    pub clip: Option<Clipping>,
    /// Where the last step goes: `one`, data without noise, or `first`, the first training level
    /// [default: as the model's scheduler_config.json says]
    #[arg(long, value_name = "one|first", value_parser = parse_final_level)]
    pub final_level: Option<FinalLevel>,
}

impl OverrideArguments {
    pub fn apply(&self, config: &SchedulerConfig) -> SchedulerConfig {
        let mut config = config.clone();
        if let Some(clipping) = self.clip {
            config.clipping = clipping;
        }
        if let Some(final_level) = self.final_level {
            config.final_level = final_level;
        }
        config
    }

    pub fn record(&self, run: &mut RunParameters) {
        match self.clip {
            Some(Clipping::Range(range)) => run.option("clip", range),
            Some(_) => run.option("clip", "none"),
            None => run,
        };
        match self.final_level {
            Some(FinalLevel::One) => run.option("final-level", "one"),
            Some(FinalLevel::First) => run.option("final-level", "first"),
            None => run,
        };
    }
}

fn parse_clip(text: &str) -> Result<Clipping, String> {
    let clipping = match text {
        "none" => Clipping::None,
        number => Clipping::Range(
            number
                .parse()
                .map_err(|_| "give a range above 0, or `none`".to_owned())?,
        ),
    };
    clipping.validate().map_err(|error| error.to_string())?;
    Ok(clipping)
}

fn parse_final_level(text: &str) -> Result<FinalLevel, String> {
    match text {
        "one" => Ok(FinalLevel::One),
        "first" => Ok(FinalLevel::First),
        _ => Err("give `one` or `first`".to_owned()),
    }
}
