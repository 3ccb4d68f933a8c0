//! `ddim sample`: from a model to a file.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::model::Mlp;
use ddim_wgpu::output::npy::{self, NpyArray};
use ddim_wgpu::output::{MAX_FRAMES, OutputFile, Picture, RunParameters, frame_indices, gif, png};
use ddim_wgpu::{Batch, ClassChoice};

use crate::arguments::{ClassArguments, GridArguments, ModelArguments};
use crate::backend::{DeviceArgument, Engine, Sampled};
use crate::failure::Failure;
use crate::terminal::{note, warn};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    #[command(flatten)]
    grid: GridArguments,
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
    /// The file to write: .png, .gif (the way there) or .npy; `-` is .npy on standard output
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// What to write, by the extension of the file.
enum Format {
    Png(Picture),
    Gif(Picture),
    Npy,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let extension = extension(&arguments.output)?;
    let model = arguments.model.load()?;
    let plan = arguments.grid.plan(model.schedule())?;
    let batch = batch(arguments, &model)?;
    let format = format(extension, arguments, &model, batch.count)?;
    let engine = Engine::choose(&arguments.device)?;
    // Before the work, so that nobody waits for a result that has nowhere to go.
    let file = OutputFile::create(&arguments.output)?;

    let captured = match &format {
        Format::Gif(_) => frame_indices(plan.len() + 1, MAX_FRAMES),
        _ => Vec::new(),
    };
    let started = Instant::now();
    let sampled = engine.sample(&model, &plan, &batch, &captured)?;
    let seconds = started.elapsed().as_secs_f64();
    let (count, steps, path) = (batch.count, plan.len(), arguments.output.display());

    let parameters = parameters(arguments, &model, &plan, &batch, &engine);
    write(file, format, &sampled, &model, &parameters)?;
    note(format_args!(
        "{path}: {count} samples, {steps} steps, {seconds:.2} s"
    ));
    Ok(())
}

fn extension(output: &Path) -> Result<&'static str, Failure> {
    if output.as_os_str() == "-" {
        return Ok("npy");
    }
    let extension = output.extension().unwrap_or_default().to_ascii_lowercase();
    ["png", "gif", "npy"]
        .into_iter()
        .find(|known| extension == *known)
        .ok_or_else(|| {
            Failure::usage(format_args!(
                "cannot tell what to write to {}: end it in .png, .gif or .npy",
                output.display()
            ))
        })
}

fn batch(arguments: &Arguments, model: &Mlp) -> Result<Batch, Failure> {
    let initial = arguments
        .init
        .as_deref()
        .map(|path| read_initial(path, model))
        .transpose()?;
    let count = match (arguments.count, &initial) {
        (None, None) => default_count(arguments, model),
        (Some(count), None) => count,
        (None, Some(array)) => array.shape[0],
        (Some(count), Some(array)) if count == array.shape[0] => count,
        (Some(count), Some(array)) => {
            let rows = array.shape[0];
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
    batch.initial = initial.map(|array| array.values);
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

fn read_initial(path: &Path, model: &Mlp) -> Result<NpyArray, Failure> {
    let array = NpyArray::open(path)
        .map_err(|error| Failure::bad_input(format_args!("{}: {error}", path.display())))?;
    match array.shape.split_first() {
        Some((_, sample)) if sample == model.sample_shape() => Ok(array),
        _ => Err(Failure::bad_input(format_args!(
            "{}: shape {:?}, but the model `{}` needs [N, {}]",
            path.display(),
            array.shape,
            model.name(),
            model
                .sample_shape()
                .iter()
                .map(usize::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        ))),
    }
}

fn format(
    extension: &str,
    arguments: &Arguments,
    model: &Mlp,
    count: usize,
) -> Result<Format, Failure> {
    if extension == "npy" {
        return Ok(Format::Npy);
    }
    // One column for each class, where there is more than one row of them.
    let columns = match arguments.class.class {
        ClassChoice::Cyclic => model
            .num_classes()
            .filter(|&classes| count > classes && classes > 2),
        _ => None,
    };
    let picture = Picture::new(count, model.sample_shape(), columns)?;
    Ok(if extension == "gif" {
        Format::Gif(picture)
    } else {
        Format::Png(picture)
    })
}

fn write(
    mut file: OutputFile,
    format: Format,
    sampled: &Sampled,
    model: &Mlp,
    parameters: &RunParameters,
) -> Result<(), Failure> {
    let values = &sampled.values;
    let dims = model.dims();
    let broken = values
        .chunks(dims)
        .filter(|sample| !sample.iter().all(|value| value.is_finite()))
        .count();
    if broken > 0 {
        warn(format_args!(
            "{broken} of {} samples are not finite",
            values.len() / dims
        ));
    }
    match format {
        Format::Npy => {
            let shape: Vec<usize> = std::iter::once(values.len() / dims)
                .chain(model.sample_shape().iter().copied())
                .collect();
            npy::write(&mut file, &shape, values)
        }
        Format::Png(picture) => {
            let raster = picture.draw(values)?;
            png::write(&mut file, &raster, &parameters.text_chunks())
        }
        Format::Gif(picture) => {
            let picture = picture.for_series(values);
            let first = picture.draw(&sampled.frames[0])?;
            gif::Animation::new(
                &mut file,
                &first,
                sampled.frames.len(),
                &parameters.to_json(),
            )
            .and_then(|mut animation| {
                for frame in &sampled.frames {
                    animation.push(&picture.draw(frame).map_err(std::io::Error::other)?)?;
                }
                animation.finish()?;
                Ok(())
            })
        }
    }
    .map_err(|error| file.error(error))?;
    Ok(file.finish()?)
}

fn parameters(
    arguments: &Arguments,
    model: &Mlp,
    plan: &Plan,
    batch: &Batch,
    engine: &Engine,
) -> RunParameters {
    let mut run = RunParameters::new("sample");
    run.option("model", arguments.model.model.as_str());
    arguments.grid.record(plan, &mut run);
    run.option("count", batch.count).option("seed", batch.seed);
    if batch.sample_offset > 0 {
        run.option("sample-offset", batch.sample_offset);
    }
    arguments.class.record(&mut run);
    if let Some(path) = &arguments.init {
        run.option("init", path.display().to_string());
    }
    let timesteps: Vec<usize> = plan.steps().iter().map(|step| step.timestep).collect();
    run.fact("run_timesteps", timesteps)
        .fact("prediction_type", plan.prediction().name())
        .fact("sample_shape", model.sample_shape())
        .fact("device", engine.description());
    run
}
