//! Options that several subcommands share.

use std::path::Path;
use std::str::FromStr;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use ddim_wgpu::ClassChoice;
use ddim_wgpu::diffusion::{
    EncodeConvention, FinalLevel, Plan, PlanBuilder, PredictionType, SamplerKind, SchedulerConfig,
    TimestepSpacing, UnknownName,
};
use ddim_wgpu::model::{Mlp, bundled_names};
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
    pub fn load(&self) -> Result<Mlp, Failure> {
        load_model(&self.model)
    }
}

/// Loads a compiled-in model or a directory, and passes its warnings on.
///
/// A compiled-in name means that model whatever lies in the current directory; `./name` means the directory.
pub fn load_model(name: &str) -> Result<Mlp, Failure> {
    let names = bundled_names();
    let model = if names.contains(&name) {
        Mlp::bundled(name)?
    } else if Path::new(name).exists() {
        Mlp::load(name)?
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
fn names<T>(all: &'static [T], name: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
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

/// Where the network is asked when data are encoded.
#[derive(Debug, Args)]
pub struct ConventionArgument {
    /// When encoding, the level at which the network is asked: `paper` where the step starts, `diffusers` where it goes to
    #[arg(long, default_value = "paper", value_parser = names(EncodeConvention::ALL, EncodeConvention::name))]
    pub convention: EncodeConvention,
}

impl ConventionArgument {
    /// Starts a plan that encodes.
    ///
    /// A network that predicts the data says nothing of the noise in data without any: there the data are taken to be at the
    /// first training level, whose noise is next to nothing.
    pub fn start(&self, config: &SchedulerConfig) -> PlanBuilder {
        let mut config = config.clone();
        if config.prediction == PredictionType::Sample {
            config.final_level = FinalLevel::First;
        }
        Plan::encode(config, self.convention)
    }
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
        // By way of text: 7.5f32 as f64 is fine, but 1.1f32 is 1.10000002384.
        let guidance: f64 = self.guidance.to_string().parse().unwrap_or(1.0);
        run.option("guidance", guidance);
    }
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
