//! `ddim interpolate`: the samples between two samples.

use std::path::PathBuf;
use std::slice;

use clap::Args;
use ddim_wgpu::Batch;
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::network::Model;
use ddim_wgpu::noise::{INITIAL_DRAW, fill_normals};
use ddim_wgpu::output::RunParameters;

use super::format::Format;
use super::recipe::{Recipe, Start};
use super::stream::Target;
use super::write::{Job, Shown};
use crate::cli::DeviceArgument;
use crate::cli::{
    ClassArguments, ClipArguments, ConditionArguments, GridArguments, ModelArguments,
    OverrideArguments, StoreArguments,
};
use crate::exit::Failure;
use crate::inputs::given::Given;
use crate::inputs::picture::Conversion;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    /// Index of the sample to start from
    #[arg(long, value_name = "K", default_value_t = 0)]
    from: u64,
    /// Index of the sample to end at
    #[arg(long, value_name = "K", default_value_t = 1)]
    to: u64,
    /// Start from the first and end at the last state of this .npy file, in place of noise; `ddim
    /// encode` makes them of data
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "to", "seed"])]
    init: Option<PathBuf>,
    /// Number of samples, with both ends
    #[arg(long, value_name = "N", default_value_t = 9)]
    count: usize,
    /// Seed of the noise, 64 bits
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    grid: GridArguments,
    #[command(flatten)]
    overrides: OverrideArguments,
    #[command(flatten)]
    clips: ClipArguments,
    #[command(flatten)]
    class: ClassArguments,
    #[command(flatten)]
    condition: ConditionArguments,
    #[command(flatten)]
    device: DeviceArgument,
    #[command(flatten)]
    store: StoreArguments,
    /// The file to write: .png (one row), .npy, .zarr, or the way there as .gif or .apng; `-` is
    /// .npy on standard output
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let count = arguments.count;
    if count < 2 {
        return Err(Failure::usage(format_args!(
            "--count {count}: the two ends make at least 2"
        )));
    }
    let model = arguments.model.load()?;
    // Without noise on the way, for then the ends decide all.
    let builder = Plan::ddim(arguments.overrides.apply(model.scheduler()));
    let plan = arguments.grid.build(arguments.clips.apply(builder))?;
    let [first, last] = ends(arguments, &model)?;
    let batch = Batch::new(count)
        .class(arguments.class.choice())
        .guidance(arguments.class.guidance);
    let conditions = arguments.condition.open(&model)?;
    let mut recipe = Recipe::new(batch, Start::Between { first, last }, conditions);
    recipe.validate(&model)?;
    let format = Format::new(&arguments.output, count, &model, Some(count.min(16)))?;
    let is_zarr = matches!(format, Format::Zarr);
    arguments.store.check(is_zarr, format.is_array())?;
    let mut parameters = parameters(arguments, &plan);
    if is_zarr {
        arguments.model.record_contents(&mut parameters)?;
    }
    let target = Target {
        output: &arguments.output,
        store: &arguments.store,
        count,
    };
    Job {
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
    }
    .run()
}

fn ends(arguments: &Arguments, model: &Model) -> Result<[Vec<f32>; 2], Failure> {
    let dims = model.dims();
    let Some(path) = &arguments.init else {
        return Ok([arguments.from, arguments.to].map(|sample| {
            let mut noise = vec![0.0; dims];
            fill_normals(arguments.seed, sample, INITIAL_DRAW, &mut noise);
            noise
        }));
    };
    let mut given = Given::open(slice::from_ref(path), model, &Conversion::default())?;
    let count = given.count();
    if count < 2 {
        let path = path.display();
        return Err(Failure::bad_input(format_args!(
            "{path}: holds {count} states, and two ends are needed"
        )));
    }
    given.look_over(0..count)?;
    Ok([given.read(0..1)?, given.read(count - 1..count)?])
}

fn parameters(arguments: &Arguments, plan: &Plan) -> RunParameters {
    let mut run = RunParameters::new("interpolate");
    run.option("model", arguments.model.model.as_str());
    match &arguments.init {
        Some(path) => run.option("init", path.display().to_string()),
        None => run
            .option("from", arguments.from)
            .option("to", arguments.to)
            .option("seed", arguments.seed),
    };
    run.option("count", arguments.count);
    arguments.grid.record(plan, &mut run);
    arguments.overrides.record(&mut run);
    arguments.clips.record(&mut run);
    arguments.class.record(&mut run);
    arguments.condition.record(&mut run);
    run
}
