//! `ddim schedule`: the steps of a run and what each does.

mod equation;
mod plot;
mod table;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use ddim_wgpu::diffusion::{Plan, SamplerKind, SchedulerConfig};
use ddim_wgpu::output::RunParameters;

use super::cost::cost;
use crate::cli::{
    ClipArguments, ConventionArgument, DEFAULT_MODEL, GridArguments, OverrideArguments,
    SamplerArguments, load_model,
};
use crate::exit::Failure;
use crate::inputs::read_text;
use crate::process;
use crate::terminal::warn;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Use the schedule of a compiled-in model or of a model directory [default: digits]
    #[arg(long, value_name = "NAME|DIR", conflicts_with = "scheduler_config")]
    model: Option<String>,
    /// Use a scheduler_config.json
    #[arg(long, value_name = "FILE")]
    scheduler_config: Option<PathBuf>,
    #[command(flatten)]
    grid: GridArguments,
    #[command(flatten)]
    sampler: SamplerArguments,
    /// The steps that encode data, from the clean end to the noisy one
    #[arg(long, conflicts_with_all = ["sampler", "eta", "sigmas"])]
    encode: bool,
    #[command(flatten)]
    convention: ConventionArgument,
    #[command(flatten)]
    overrides: OverrideArguments,
    #[command(flatten)]
    clips: ClipArguments,
    /// Print one JSON object in place of a table
    #[arg(long)]
    json: bool,
    /// Draw the schedule, the levels visited and the coefficients to this .png as well
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let config = match &arguments.scheduler_config {
        Some(path) => read_config(path)?,
        None => load_model(arguments.model.as_deref().unwrap_or(DEFAULT_MODEL))?
            .scheduler()
            .clone(),
    };
    let config = arguments.overrides.apply(&config);
    let builder = if arguments.encode {
        arguments
            .convention
            .start(&config, arguments.overrides.final_level)
    } else {
        arguments.sampler.start(&config)?
    };
    let plan = arguments.grid.build(arguments.clips.apply(builder))?;
    arguments.grid.tell_left_out(&plan);
    if let Some(path) = &arguments.plot {
        let (title, parameters) = describe(arguments, &config, &plan);
        plot::write(path, &config.schedule, &plan, title, &parameters)?;
    }
    let mut stdout = io::BufWriter::new(process::stdout()?);
    if arguments.json {
        writeln!(
            stdout,
            "{}",
            serde_json::to_string(&table::Table::new(&plan))?
        )?;
    } else {
        table::write(&mut stdout, &plan)?;
    }
    Ok(stdout.flush()?)
}

/// The title of a plot, and what its file says of how it was made.
fn describe(
    arguments: &Arguments,
    config: &SchedulerConfig,
    plan: &Plan,
) -> (String, RunParameters) {
    let mut run = RunParameters::new(if arguments.encode {
        "schedule --encode"
    } else {
        "schedule"
    });
    let source = match &arguments.scheduler_config {
        Some(path) => {
            let path = path.display().to_string();
            run.option("scheduler-config", path.as_str());
            path
        }
        None => {
            let model = arguments.model.as_deref().unwrap_or(DEFAULT_MODEL);
            run.option("model", model);
            model.to_owned()
        }
    };
    arguments.grid.record(plan, &mut run);
    let what = match (arguments.encode, arguments.sampler.sampler) {
        (true, _) => {
            let convention = arguments.convention.convention;
            run.option("convention", convention.name());
            format!("encoding, {convention} convention")
        }
        (false, SamplerKind::Ddim) => {
            arguments.sampler.record(&mut run);
            match arguments.sampler.sigmas.is_given() {
                true => "DDIM, σ given".to_owned(),
                false => format!("DDIM, η = {}", arguments.sampler.eta.unwrap_or(0.0)),
            }
        }
        (false, sampler) => {
            arguments.sampler.record(&mut run);
            sampler.name().to_owned()
        }
    };
    arguments.overrides.record(&mut run);
    arguments.clips.record(&mut run);
    let spacing = match (&arguments.grid.timesteps, arguments.grid.spacing) {
        (Some(_), _) => "listed",
        (None, spacing) => spacing.unwrap_or(config.default_spacing()).name(),
    };
    (format!("{source} · {what} · {spacing} timesteps"), run)
}

fn read_config(path: &Path) -> Result<SchedulerConfig, Failure> {
    let at_path = |problem: &dyn std::fmt::Display| {
        Failure::bad_input(format_args!("{}: {problem}", path.display()))
    };
    // A configuration has a few hundred bytes; a list of betas has some ten thousand.
    let most = ddim_wgpu::network::MAX_JSON_BYTES;
    let text = read_text(path, most, "a scheduler_config.json")?;
    let (config, warnings) = SchedulerConfig::from_json(&text).map_err(|error| at_path(&error))?;
    for warning in warnings {
        warn(format_args!("{}: {warning}", path.display()));
    }
    Ok(config)
}

/// What a plan costs, over how many levels, for which networks.
fn summary(plan: &Plan) -> String {
    let (levels, prediction) = (plan.train_steps(), plan.prediction());
    format!(
        "{}, over {levels} levels, {prediction} prediction",
        cost(plan)
    )
}
