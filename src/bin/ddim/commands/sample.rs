//! `ddim sample`: from a model to a file.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::slice;

use clap::Args;
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::network::Model;
use ddim_wgpu::output::RunParameters;
use ddim_wgpu::{Batch, ClassChoice};

use super::format::Format;
use super::recipe::{Recipe, Start};
use super::stream::Target;
use super::write::{Job, Shown};
use crate::cli::DeviceArgument;
use crate::cli::{
    ClassArguments, ClipArguments, ConditionArguments, GridArguments, ModelArguments,
    OverrideArguments, SamplerArguments, StoreArguments, TunedArgument,
};
use crate::exit::Failure;
use crate::inputs::conditions::Conditions;
use crate::inputs::conversion::PictureArguments;
use crate::inputs::edit::{Edit, EditArguments};
use crate::inputs::given::Given;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Make this picture again, by what its text says; every other option given takes the place of
    /// its own
    #[arg(long, value_name = "PICTURE.png")]
    pub from: Option<PathBuf>,
    #[command(flatten)]
    model: ModelArguments,
    #[command(flatten)]
    grid: GridArguments,
    #[command(flatten)]
    sampler: SamplerArguments,
    #[command(flatten)]
    overrides: OverrideArguments,
    #[command(flatten)]
    clips: ClipArguments,
    /// Number of samples [default: 64 images, 5 in a strip; 20000 points; or as many as --init,
    /// --init-image or --condition holds]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    count: Option<usize>,
    /// Seed of all noise, 64 bits; of several (1,2,3) each makes a file of its own, NAME.seed-S.EXT
    #[arg(long, value_name = "S,…", value_delimiter = ',', default_value = "0")]
    seed: Vec<u64>,
    /// Index of the first sample: K … K+N−1 are the same whatever N is
    #[arg(long, value_name = "K", default_value_t = 0)]
    sample_offset: u64,
    #[command(flatten)]
    class: ClassArguments,
    #[command(flatten)]
    condition: ConditionArguments,
    /// Start from these states, [N, …sample_shape] .npy, in place of noise
    #[arg(long, value_name = "FILE")]
    init: Option<PathBuf>,
    #[command(flatten)]
    edit: EditArguments,
    #[command(flatten)]
    pictures: PictureArguments,
    #[command(flatten)]
    device: DeviceArgument,
    #[command(flatten)]
    tuned: TunedArgument,
    /// Show the samples in the terminal as well, on standard error
    #[arg(long)]
    preview: bool,
    /// What a .gif, an .apng or a strip shows of the way there [default: state]; a .npy holds every
    /// step of it, [frames, N, …sample_shape]
    #[arg(long)]
    trajectory: Option<Shown>,
    /// Make the .png a strip of N states from noise to data: of images a row for each sample
    #[arg(long, value_name = "N")]
    strip: Option<usize>,
    /// Images in a row of a .png, .gif or .apng [default: near a square; a column a class where
    /// --class is `all`]
    #[arg(long, value_name = "N", conflicts_with = "strip")]
    columns: Option<NonZeroUsize>,
    #[command(flatten)]
    store: StoreArguments,
    /// The file to write: .png, .npy, .csv in the units of the data, or the way there as .gif or
    /// .apng; the directory .zarr, which is continued if it is there; `-` is .npy on standard output
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let [seed] = arguments.seed[..] else {
        let outputs = arguments.seed.iter().map(|&seed| {
            let output = of_seed(&arguments.output, seed)?;
            Ok((seed, output))
        });
        // All names before any work.
        let outputs = outputs.collect::<Result<Vec<_>, Failure>>()?;
        let mut runs = outputs.iter();
        return runs.try_for_each(|(seed, output)| sample(arguments, *seed, output));
    };
    sample(arguments, seed, &arguments.output)
}

/// The file of a seed where there are several: `NAME.seed-S.EXT`.
fn of_seed(output: &Path, seed: u64) -> Result<PathBuf, Failure> {
    match (output.file_stem(), output.extension()) {
        (Some(stem), Some(extension)) => {
            let mut name = stem.to_owned();
            name.push(format!(".seed-{seed}."));
            name.push(extension);
            Ok(output.with_file_name(name))
        }
        _ => Err(Failure::usage(format_args!(
            "several seeds make a file each, for which --output {} has no name to extend",
            output.display()
        ))),
    }
}

/// Samples of one seed.
fn sample(arguments: &Arguments, seed: u64, output: &Path) -> Result<(), Failure> {
    let model = arguments.model.load()?;
    let config = arguments.overrides.apply(model.scheduler());
    let builder = arguments.clips.apply(arguments.sampler.start(&config)?);
    let whole = arguments.grid.build(builder.clone())?;
    let steps = whole.step_count();
    arguments.grid.tell_left_out(&whole);
    let plan = match arguments.edit.skip(steps)? {
        0 => whole,
        skip => arguments.grid.build(builder.skip(skip))?,
    };
    let edit = arguments
        .edit
        .read(&model, &arguments.pictures.conversion())?;
    let init = init(arguments, &model)?;
    let conditions = arguments.condition.open(&model)?;
    let count = count(
        arguments,
        &model,
        held(edit.as_ref(), init.as_ref(), &conditions),
    )?;
    let batch = Batch::new(count)
        .seed(seed)
        .sample_offset(arguments.sample_offset)
        .class(arguments.class.choice())
        .guidance(arguments.class.guidance);
    let format = format(arguments, output, &model, count)?;
    let mut recipe = Recipe::new(batch, init.map_or(Start::Batch, Start::Given), conditions);
    recipe.validate(&model)?;
    if let Some(edit) = &edit {
        recipe = recipe.edited(|batch| edit.apply(batch, &plan, steps))?;
    }
    let mut parameters = parameters(arguments, &plan, (count, seed));
    if matches!(format, Format::Zarr) {
        arguments.model.record_contents(&mut parameters)?;
    }
    let target = Target {
        output,
        store: &arguments.store,
        count,
    };
    Job {
        model: &model,
        plan: &plan,
        recipe,
        format,
        shown: arguments.trajectory.unwrap_or(Shown::State),
        target,
        device: &arguments.device,
        tuned: Some(&arguments.tuned),
        preview: arguments.preview,
        parameters,
    }
    .run()
}

/// What to write, and that the options are for it.
fn format(
    arguments: &Arguments,
    output: &Path,
    model: &Model,
    count: usize,
) -> Result<Format, Failure> {
    let columns = arguments.columns.map(NonZeroUsize::get);
    let columns = columns.or_else(|| one_column_a_class(arguments, model, count));
    let mut format = Format::new(output, count, model, columns)?;
    if let Some(states) = arguments.strip {
        format = format.strip(states)?;
    }
    if arguments.trajectory.is_some() {
        format = format.trajectory()?;
    }
    let is_zarr = matches!(format, Format::Zarr);
    arguments.store.check(is_zarr, format.is_array())?;
    if arguments.preview && (is_zarr || arguments.store.shard.is_some()) {
        return Err(Failure::usage(
            "--preview needs all samples in memory: not with --shard or a .zarr",
        ));
    }
    Ok(format)
}

/// The states to start from.
fn init(arguments: &Arguments, model: &Model) -> Result<Option<Given>, Failure> {
    let given = arguments.init.as_ref().map(|path| {
        let conversion = arguments.pictures.conversion();
        Given::open(slice::from_ref(path), model, &conversion)
    });
    given.transpose()
}

/// One column for each class, where there is more than one row of them.
fn one_column_a_class(arguments: &Arguments, model: &Model, count: usize) -> Option<usize> {
    let classes = classes_in_turn(arguments, model)?;
    (count > classes && classes > 2).then_some(classes)
}

/// How many samples the inputs are for, and the option that says so.
fn held(edit: Option<&Edit>, init: Option<&Given>, conditions: &Conditions) -> Held {
    let named = match (init, edit) {
        (Some(given), _) => Some(("--init", given.count())),
        (None, Some(edit)) => edit.count().map(|count| ("--init-image", count)),
        (None, None) => None,
    };
    Held {
        named,
        rows: conditions.count(),
    }
}

/// How many samples the inputs are for.
struct Held {
    /// Exactly so many, by this option.
    named: Option<(&'static str, usize)>,
    /// At most so many.
    rows: Option<usize>,
}

fn count(arguments: &Arguments, model: &Model, held: Held) -> Result<usize, Failure> {
    match (arguments.count, held.named) {
        (None, None) => Ok(held.rows.unwrap_or_else(|| default_count(arguments, model))),
        (Some(count), None) => Ok(count),
        (None, Some((_, held))) => Ok(held),
        (Some(count), Some((_, held))) if count == held => Ok(count),
        (Some(count), Some((option, held))) => Err(Failure::usage(format_args!(
            "--count {count}, but {option} holds {held} samples"
        ))),
    }
}

/// After how many samples the classes come round, where they do.
fn classes_in_turn(arguments: &Arguments, model: &Model) -> Option<usize> {
    match &arguments.class.choice() {
        ClassChoice::Cyclic => model.num_classes(),
        ClassChoice::Listed(classes) => Some(classes.len()),
        _ => None,
    }
}

fn default_count(arguments: &Arguments, model: &Model) -> usize {
    match model.sample_shape() {
        [_] => 20_000,
        _ if arguments.strip.is_some() => 5,
        // Whole rows of the picture.
        _ => 64_usize.next_multiple_of(classes_in_turn(arguments, model).unwrap_or(1).max(1)),
    }
}

fn parameters(arguments: &Arguments, plan: &Plan, (count, seed): (usize, u64)) -> RunParameters {
    let mut run = RunParameters::new("sample");
    run.option("model", arguments.model.model.as_str());
    arguments.grid.record(plan, &mut run);
    arguments.sampler.record(&mut run);
    arguments.overrides.record(&mut run);
    arguments.clips.record(&mut run);
    run.option("count", count).option("seed", seed);
    if arguments.sample_offset > 0 {
        run.option("sample-offset", arguments.sample_offset);
    }
    arguments.class.record(&mut run);
    arguments.condition.record(&mut run);
    if let Some(path) = &arguments.init {
        run.option("init", path.display().to_string());
    }
    arguments.edit.record(&mut run);
    arguments.pictures.record(&mut run);
    if let Some(shown) = arguments.trajectory {
        run.option(
            "trajectory",
            if shown == Shown::X0 { "x0" } else { "state" },
        );
    }
    if let Some(states) = arguments.strip {
        run.option("strip", states);
    }
    if let Some(columns) = arguments.columns {
        run.option("columns", columns.get());
    }
    run
}
