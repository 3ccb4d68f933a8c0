//! Options that several subcommands share.

use std::path::Path;
use std::str::FromStr;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use ddim_wgpu::ClassChoice;
use ddim_wgpu::diffusion::{Plan, SchedulerConfig, TimestepSpacing};
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
    /// Noise added on the way: 0 none (DDIM), 1 as much as DDPM
    #[arg(
        long,
        value_name = "E",
        default_value_t = 0.0,
        allow_negative_numbers = true
    )]
    pub eta: f64,
    /// How the steps are spread over the training levels [default: as the model's scheduler_config.json says]
    #[arg(long, value_parser = spacing_names())]
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

fn spacing_names() -> impl TypedValueParser<Value = TimestepSpacing> {
    PossibleValuesParser::new(TimestepSpacing::ALL.iter().map(|spacing| spacing.name()))
        .try_map(|name| TimestepSpacing::from_str(&name))
}

impl GridArguments {
    pub fn plan(&self, config: &SchedulerConfig) -> Result<Plan, Failure> {
        let mut builder = Plan::ddim(config).eta(self.eta);
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
        if let Some(timesteps) = &self.timesteps {
            run.option("timesteps", timesteps.as_slice());
        } else {
            run.option("steps", plan.len());
        }
        if let Some(spacing) = self.spacing {
            run.option("spacing", spacing.name());
        }
        run.option("eta", self.eta);
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
