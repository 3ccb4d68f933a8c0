//! `ddim sample`: from a model to a file.

use std::path::PathBuf;

use clap::Args;
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::model::Mlp;
use ddim_wgpu::output::RunParameters;
use ddim_wgpu::{Batch, ClassChoice};

use crate::arguments::{ClassArguments, GridArguments, ModelArguments, SamplerArguments};
use crate::backend::DeviceArgument;
use crate::failure::Failure;
use crate::input::read_samples;
use crate::job::{Format, Job};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    #[command(flatten)]
    grid: GridArguments,
    #[command(flatten)]
    sampler: SamplerArguments,
    /// Number of samples [default: 64 images, 20000 points, or as many as --init holds]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    count: Option<usize>,
    /// Seed of all noise, 64 bits
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Index of the first sample: K … K+N−1 are the same whatever N is
    #[arg(long, value_name = "K", default_value_t = 0)]
    sample_offset: u64,
    #[command(flatten)]
    class: ClassArguments,
    /// Start from these states, [N, …sample_shape] .npy, in place of noise
    #[arg(long, value_name = "FILE")]
    init: Option<PathBuf>,
    #[command(flatten)]
    device: DeviceArgument,
    /// Show the samples in the terminal as well, on standard error
    #[arg(long)]
    preview: bool,
    /// The file to write: .png, .npy, or the way there as .gif or .apng; `-` is .npy on standard output
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let model = arguments.model.load()?;
    let plan = arguments
        .grid
        .build(arguments.sampler.start(model.schedule()))?;
    let batch = batch(arguments, &model)?;
    Job {
        model: &model,
        plan: &plan,
        batch: &batch,
        format: Format::new(
            &arguments.output,
            batch.count,
            &model,
            columns(arguments, &model, batch.count),
        )?,
        output: &arguments.output,
        device: &arguments.device,
        preview: arguments.preview,
        parameters: parameters(arguments, &plan, &batch),
    }
    .run()
}

/// One column for each class, where there is more than one row of them.
fn columns(arguments: &Arguments, model: &Mlp, count: usize) -> Option<usize> {
    let classes = model.num_classes()?;
    let cyclic = arguments.class.class == ClassChoice::Cyclic;
    (cyclic && count > classes && classes > 2).then_some(classes)
}

fn batch(arguments: &Arguments, model: &Mlp) -> Result<Batch, Failure> {
    let initial = arguments
        .init
        .as_deref()
        .map(|path| read_samples(path, model))
        .transpose()?;
    let count = match (arguments.count, &initial) {
        (None, None) => default_count(arguments, model),
        (Some(count), None) => count,
        (None, Some((rows, _))) => *rows,
        (Some(count), Some((rows, _))) if count == *rows => count,
        (Some(count), Some((rows, _))) => {
            return Err(Failure::usage(format_args!(
                "--count {count}, but --init holds {rows} samples"
            )));
        }
    };
    let mut batch = Batch::new(count)
        .seed(arguments.seed)
        .sample_offset(arguments.sample_offset)
        .class(arguments.class.class.clone())
        .guidance(arguments.class.guidance);
    batch.initial = initial.map(|(_, values)| values);
    batch.validate(model.dims(), model.num_classes())?;
    Ok(batch)
}

fn default_count(arguments: &Arguments, model: &Mlp) -> usize {
    match (model.sample_shape(), &arguments.class.class) {
        ([_], _) => 20_000,
        // Whole rows of the picture.
        (_, ClassChoice::Cyclic) => {
            64_usize.next_multiple_of(model.num_classes().unwrap_or(1).max(1))
        }
        _ => 64,
    }
}

fn parameters(arguments: &Arguments, plan: &Plan, batch: &Batch) -> RunParameters {
    let mut run = RunParameters::new("sample");
    run.option("model", arguments.model.model.as_str());
    arguments.grid.record(plan, &mut run);
    arguments.sampler.record(&mut run);
    run.option("count", batch.count).option("seed", batch.seed);
    if batch.sample_offset > 0 {
        run.option("sample-offset", batch.sample_offset);
    }
    arguments.class.record(&mut run);
    if let Some(path) = &arguments.init {
        run.option("init", path.display().to_string());
    }
    run
}
