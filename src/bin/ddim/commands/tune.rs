//! `ddim tune`: which form of the step is the fastest on a device, measured and kept.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use ddim_wgpu::Batch;
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::gpu::headless::{self, Choice};
use ddim_wgpu::gpu::{Precision, READ_TIMEOUT, SamplerOptions};
use ddim_wgpu::network::Model;
use ddim_wgpu::tuning::{Trial, Tuned, tune_blocking};

use crate::cli::{DeviceArgument, GridArguments, ModelArguments, cache_file, read_cache};
use crate::driver;
use crate::exit::{Failure, Status};
use crate::process;
use crate::terminal::{note, printable};

/// Samples of the batch, unless told otherwise.
const COUNT: usize = 64;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    #[command(flatten)]
    grid: GridArguments,
    /// Samples of the batches that the form is to be the fastest for
    #[arg(long, value_name = "N", default_value_t = COUNT)]
    count: usize,
    /// How weights and activations are stored
    #[arg(long, default_value = "single", value_parser = ["single", "half"])]
    precision: String,
    #[command(flatten)]
    device: DeviceArgument,
    /// The file to keep the fastest form in, for --tuned [default: ddim-wgpu/tuning.json in the user's
    /// folder of caches]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let model = arguments.model.load()?;
    let plan = arguments.grid.build(Plan::ddim(model.scheduler()))?;
    let batch = batch(&model, arguments.count)?;
    let path = cache_file(arguments.output.as_deref())?;
    // Before the work, so that nobody waits for a form that has nowhere to go.
    let mut cache = read_cache(&path)?;
    if let Some(folder) = path.parent().filter(|_| arguments.output.is_none()) {
        std::fs::create_dir_all(folder).map_err(|error| {
            Failure::new(
                Status::Runtime,
                format_args!("{}: {error}", folder.display()),
            )
        })?;
    }
    let mut file = process::create(&path)?;
    let adapter = match headless::choose(&arguments.device.device)? {
        Choice::Adapter { adapter, .. } => adapter,
        Choice::NativeCpu { reason } => {
            return Err(Failure::new(
                Status::NoDevice,
                format_args!(
                    "{reason}: the native engine has one form of the step; `--device` names a driver to tune for"
                ),
            ));
        }
    };
    note(format_args!(
        "device: {}",
        headless::describe(&adapter.get_info())
    ));
    let (device, queue) = driver::keep(headless::open(&adapter)?).clone();
    let mut options = SamplerOptions::default();
    options.timeout = arguments.device.timeout.unwrap_or(READ_TIMEOUT);
    if arguments.precision == "half" {
        options.precision = Precision::Half;
    }
    let tuned = tune_blocking((&device, &queue), &model, &plan, &batch, &options)?;
    print(&tuned, arguments.count, plan.len())?;
    let Some(best) = tuned.best() else {
        return Err(Failure::new(
            Status::Unverified,
            "no form of the step computes what it should on this device: `ddim verify` says more",
        ));
    };
    let found = (arguments.count, best.median());
    cache.keep(&device, (&model, options.precision), best.choice, found);
    writeln!(file, "{}", cache.to_json()).map_err(|error| file.error(error))?;
    file.finish()?;
    note(format_args!(
        "{}: {}, for --tuned",
        path.display(),
        best.choice
    ));
    Ok(())
}

/// A batch with zeros for conditions: what they are takes no time.
fn batch(model: &Model, count: usize) -> Result<Batch, Failure> {
    let mut batch = Batch::new(count);
    batch.validate(model.dims(), None)?;
    for input in model.inputs() {
        batch = batch.condition(input.name.as_str(), vec![0.0; count * input.width]);
    }
    Ok(batch)
}

fn print(tuned: &Tuned, count: usize, steps: usize) -> Result<(), Failure> {
    let mut stdout = process::stdout()?;
    writeln!(
        stdout,
        "{count} samples, {steps} steps: median of a run, and what the cost model expects of such a device"
    )?;
    for trial in &tuned.trials {
        writeln!(stdout, "{}", printable(&line(trial)))?;
    }
    Ok(())
}

fn line(trial: &Trial) -> String {
    match &trial.refused {
        Some(reason) => format!("  {:>12}  {:>12}  {}: {reason}", "–", "–", trial.choice),
        None => {
            let expected = trial.expected_seconds;
            let expected =
                expected.map_or("–".to_owned(), |time| format!("{:.3} ms", 1e3 * time));
            format!(
                "  {:>9.3} ms  {expected:>12}  {}",
                1e3 * trial.median(),
                trial.choice
            )
        }
    }
}
