//! Options that several subcommands share.

use std::path::Path;
use std::str::FromStr;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use ddim_wgpu::ClassChoice;
use ddim_wgpu::diffusion::{
    Clipping, EncodeConvention, FinalLevel, Plan, PlanBuilder, PredictionType, SamplerKind,
    SchedulerConfig, TimestepSpacing, UnknownName,
};
use ddim_wgpu::network::{Model, bundled_names};
use ddim_wgpu::output::RunParameters;

use crate::failure::Failure;
use crate::terminal::warn;

/// Which model.
#[derive(Debug, Args)]
pub struct ModelArguments {
    /// A compiled-in model, or a directory with config.json, scheduler_config.json and model.safetensors
    #[arg(long, value_name = "NAME|DIR", default_value = DEFAULT_MODEL)]
    pub model: String,
}

pub const DEFAULT_MODEL: &str = "digits";

impl ModelArguments {
    pub fn load(&self) -> Result<Model, Failure> {
        load_model(&self.model)
    }
}

/// Loads a compiled-in model or a directory, and passes its warnings on.
///
/// A compiled-in name means that model whatever lies in the current directory; `./name` means the directory.
pub fn load_model(name: &str) -> Result<Model, Failure> {
    let names = bundled_names();
    let model = if names.contains(&name) {
        Model::bundled(name)?
    } else if Path::new(name).exists() {
        Model::load(name)?
    } else {
        let names = if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        };
        return Err(Failure::bad_input(format_args!(
            "no model `{name}`: there is no such directory, and compiled in are: {names}"
        )));
    };
    for warning in model.warnings() {
        warn(warning);
    }
    Ok(model)
}

/// Which steps.
#[derive(Debug, Args)]
pub struct GridArguments {
    /// Number of steps [default: 50]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub steps: Option<usize>,
    /// How the steps are spread over the training levels [default: as the model's scheduler_config.json says]
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

/// Parses one of a closed list of names, which help and errors show.
pub fn names<T>(all: &'static [T], name: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: Copy + FromStr<Err = UnknownName> + Send + Sync + 'static,
{
    PossibleValuesParser::new(all.iter().map(|&value| name(value)))
        .try_map(|name| T::from_str(&name))
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

/// What a run does otherwise than the model's scheduler_config.json says.
#[derive(Debug, Args)]
pub struct OverrideArguments {
    /// Clip x̂₀ to ±RANGE, or `none` [default: as the model's scheduler_config.json says]
    #[arg(long, value_name = "RANGE|none", value_parser = parse_clip, allow_negative_numbers = true)]
    pub clip: Option<Clipping>,
    /// Where the last step goes: `one`, data without noise, or `first`, the first training level [default: as the model's
    /// scheduler_config.json says]
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

/// Where the network is asked when data are encoded.
#[derive(Debug, Args)]
pub struct ConventionArgument {
    /// When encoding, the level at which the network is asked: `paper` where the step starts, `diffusers` where it goes to
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
/// A network that predicts the data says nothing of the noise in data without any: there the data are taken to be at the first
/// training level, whose noise is next to nothing.
pub fn encoding_config(mut config: SchedulerConfig, asked: Option<FinalLevel>) -> SchedulerConfig {
    if config.prediction == PredictionType::Sample && asked.is_none() {
        config.final_level = FinalLevel::First;
    }
    config
}

/// Which class, and how strongly.
#[derive(Debug, Args)]
pub struct ClassArguments {
    /// Class to sample: a number, `all` for each in turn, or `none`
    #[arg(long, value_name = "C|all|none", default_value = "none", value_parser = parse_class, allow_negative_numbers = true)]
    pub class: ClassChoice,
    /// How far to go towards the class beyond what the model says: u + G·(c − u)
    #[arg(
        long,
        value_name = "G",
        default_value_t = 1.0,
        allow_negative_numbers = true
    )]
    pub guidance: f32,
}

impl ClassArguments {
    pub fn record(&self, run: &mut RunParameters) {
        match &self.class {
            ClassChoice::One(class) => run.option("class", *class),
            ClassChoice::Cyclic => run.option("class", "all"),
            _ => return,
        };
        run.option("guidance", decimal(self.guidance));
    }
}

/// The number that was written: 7.5f32 as f64 is fine, but 1.1f32 is 1.10000002384.
pub fn decimal(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

fn parse_class(text: &str) -> Result<ClassChoice, String> {
    match text {
        "none" => Ok(ClassChoice::None),
        "all" => Ok(ClassChoice::Cyclic),
        number => number
            .parse()
            .map(ClassChoice::One)
            .map_err(|_| "give the number of a class, `all` or `none`".to_owned()),
    }
}
