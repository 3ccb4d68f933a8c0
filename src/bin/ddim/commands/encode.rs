//! `ddim encode`: from data to the noise that gives them back.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ddim_wgpu::diffusion::{EncodeConvention, Plan, SchedulerConfig};
use ddim_wgpu::output::RunParameters;
use ddim_wgpu::session::{Part, Session};
use ddim_wgpu::{Batch, FixedPoint, Progress};

use super::format::Format;
use super::recipe::{Recipe, Start};
use super::stream::Target;
use super::write::{Job, Sampled, Shown};
use crate::cli::DeviceArgument;
use crate::cli::{
    ClassArguments, ConditionArguments, GridArguments, ModelArguments, OverrideArguments,
    StoreArguments, decimal, encoding_config,
};
use crate::exit::Failure;
use crate::inputs::conversion::PictureArguments;
use crate::inputs::fixed_point::{FixedPointArguments, Outcome};
use crate::inputs::given::Given;
use crate::terminal::note;

/// Bytes of the states that are inverted at a time, which the search holds some 15 times.
const INVERTED_BYTES: usize = 4 << 20;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    /// The data: [N, …sample_shape] .npy, or pictures (.png, .jpg, .webp, .bmp, every frame of a
    /// .gif, a directory of them); several files one after another; `-` is standard input
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    input: Vec<PathBuf>,
    #[command(flatten)]
    pictures: PictureArguments,
    #[command(flatten)]
    grid: GridArguments,
    /// How the steps are turned round: `paper` asks the network where a step starts, `diffusers`
    /// where it goes to, `fixed-point` looks for the state that decoding takes back
    #[arg(long, default_value = "paper")]
    convention: Convention,
    #[command(flatten)]
    fixed_point: FixedPointArguments,
    #[command(flatten)]
    overrides: OverrideArguments,
    /// Index of the first sample, which decides its class where --class is `all`
    #[arg(long, value_name = "K", default_value_t = 0)]
    sample_offset: u64,
    #[command(flatten)]
    class: ClassArguments,
    #[command(flatten)]
    condition: ConditionArguments,
    #[command(flatten)]
    device: DeviceArgument,
    #[command(flatten)]
    store: StoreArguments,
    /// The file to write: .npy or .zarr for `ddim sample --init`; or .png, .gif, .apng to look at
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Convention {
    Paper,
    Diffusers,
    FixedPoint,
}

impl Convention {
    fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Diffusers => "diffusers",
            Self::FixedPoint => "fixed-point",
        }
    }

    /// The rows to run, or to invert.
    fn plan(self, config: &SchedulerConfig, arguments: &Arguments) -> Result<Plan, Failure> {
        let config = arguments.overrides.apply(config);
        let config = encoding_config(config, arguments.overrides.final_level);
        let builder = match self {
            Self::Paper => Plan::encode(config, EncodeConvention::Paper),
            Self::Diffusers => Plan::encode(config, EncodeConvention::Diffusers),
            Self::FixedPoint => Plan::ddim(config).clipping(ddim_wgpu::diffusion::Clipping::None),
        };
        let builder = match arguments.overrides.clip {
            None => builder,
            Some(clipping) if self == Self::FixedPoint && clipping.is_active() => {
                return Err(Failure::usage(
                    "--convention fixed-point and --clip exclude each other: what is cut off cannot be found again",
                ));
            }
            Some(clipping) => builder.clipping(clipping),
        };
        arguments.grid.build(builder)
    }
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let convention = arguments.convention;
    let settings = arguments
        .fixed_point
        .settings(convention == Convention::FixedPoint)?;
    let model = arguments.model.load()?;
    let plan = convention.plan(model.scheduler(), arguments)?;
    let given = Given::open(&arguments.input, &model, &arguments.pictures.conversion())?;
    let count = given.count();
    let batch = Batch::new(count)
        .sample_offset(arguments.sample_offset)
        .class(arguments.class.choice())
        .guidance(arguments.class.guidance);
    let conditions = arguments.condition.open(&model)?;
    let mut recipe = Recipe::new(batch, Start::Given(given), conditions);
    recipe.validate(&model)?;
    let format = Format::new(&arguments.output, count, &model, None)?;
    if matches!(format, Format::Csv) {
        return Err(Failure::usage(format_args!(
            "{}: what is encoded is noise, which has no units; write .npy",
            arguments.output.display()
        )));
    }
    let is_zarr = matches!(format, Format::Zarr);
    arguments.store.check(is_zarr, format.is_array())?;
    if settings.is_some() && format.is_animated() {
        return Err(Failure::usage(format_args!(
            "{}: --convention fixed-point has no trajectory to show; write .npy or .png",
            arguments.output.display()
        )));
    }
    let mut parameters = parameters(arguments, &plan, settings.as_ref());
    if is_zarr {
        arguments.model.record_contents(&mut parameters)?;
    }
    let target = Target {
        output: &arguments.output,
        store: &arguments.store,
        count,
    };
    let job = Job {
        model: &model,
        plan: &plan,
        recipe,
        format,
        shown: Shown::State,
        target,
        device: &arguments.device,
        tuned: None,
        preview: false,
        parameters,
    };
    match settings {
        None => job.run(),
        Some(settings) => fixed_point(arguments, job, &settings),
    }
}

fn fixed_point(arguments: &Arguments, job: Job<'_>, settings: &FixedPoint) -> Result<(), Failure> {
    let plan = job.plan;
    let report = arguments.fixed_point.create_report(&arguments.output)?;
    let mut outcome = Outcome::new(settings, plan.len());
    if job.format.is_array() {
        let at_once = (INVERTED_BYTES / (4 * job.model.dims())).max(1);
        job.stream_by(|sessions, source, sink, observer| {
            // One device: the search for the states holds the host as much.
            let session = sessions[0];
            for first in (0..source.count()).step_by(at_once) {
                let part = source.part(first..source.count().min(first + at_once))?;
                let inversion = session.invert(&part, settings, &mut |progress| {
                    let before = (first * plan.len()) as u64;
                    observer(Progress::new(before + progress.done, progress.total))
                })?;
                outcome.add(&inversion, part.sample_offset);
                let values = &inversion.data;
                sink.take(Part { first, values })?;
            }
            Ok(())
        })?;
    } else {
        let job = job.begin()?;
        let session = Session::new(job.backend, job.model(), plan)?;
        let bar = job.bar();
        let inversion = session.invert(&job.batch, settings, &mut bar.observer())?;
        drop(bar);
        outcome.add(&inversion, job.batch.sample_offset);
        job.finish(Sampled::of(inversion.data))?;
    }
    if let Some(report) = report {
        outcome.write(report)?;
    }
    outcome.tell();
    let final_level = plan.stages()[plan.len() - 1].next_level.is_clean();
    note(format_args!(
        "to decode: ddim sample --init {} --clip none --final-level {} with the same model, grid, class and guidance",
        arguments.output.display(),
        if final_level { "one" } else { "first" },
    ));
    Ok(())
}

fn parameters(arguments: &Arguments, plan: &Plan, settings: Option<&FixedPoint>) -> RunParameters {
    let mut run = RunParameters::new("encode");
    let inputs = arguments
        .input
        .iter()
        .map(|path| path.display().to_string());
    run.option("model", arguments.model.model.as_str())
        .option("input", inputs.collect::<Vec<_>>());
    arguments.pictures.record(&mut run);
    arguments.grid.record(plan, &mut run);
    run.option("convention", arguments.convention.name());
    if let Some(settings) = settings {
        run.option("iterations", settings.evaluations)
            .option("tolerance", decimal(settings.tolerance));
    }
    arguments.overrides.record(&mut run);
    if arguments.sample_offset > 0 {
        run.option("sample-offset", arguments.sample_offset);
    }
    arguments.class.record(&mut run);
    arguments.condition.record(&mut run);
    run
}
