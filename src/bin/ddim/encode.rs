//! `ddim encode`: from data to the noise that gives them back.

use std::path::PathBuf;

use clap::Args;
use ddim_wgpu::Batch;
use ddim_wgpu::output::RunParameters;

use crate::arguments::{ClassArguments, ConventionArgument, GridArguments, ModelArguments};
use crate::backend::DeviceArgument;
use crate::failure::Failure;
use crate::input::read_samples;
use crate::job::{Format, Job};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    /// The data, [N, …sample_shape] .npy, or one image as .png
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    #[command(flatten)]
    grid: GridArguments,
    #[command(flatten)]
    convention: ConventionArgument,
    /// Index of the first sample, which decides its class where --class is `all`
    #[arg(long, value_name = "K", default_value_t = 0)]
    sample_offset: u64,
    #[command(flatten)]
    class: ClassArguments,
    #[command(flatten)]
    device: DeviceArgument,
    /// The file to write: .npy for `ddim sample --init`; or .png, .gif, .apng to look at
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let model = arguments.model.load()?;
    let plan = arguments
        .grid
        .build(arguments.convention.start(model.schedule()))?;
    let (count, values) = read_samples(&arguments.input, &model)?;
    let batch = Batch::new(count)
        .sample_offset(arguments.sample_offset)
        .class(arguments.class.class.clone())
        .guidance(arguments.class.guidance)
        .initial(values);
    batch.validate(model.dims(), model.num_classes())?;

    let mut parameters = RunParameters::new("encode");
    parameters
        .option("model", arguments.model.model.as_str())
        .option("input", arguments.input.display().to_string());
    arguments.grid.record(&plan, &mut parameters);
    parameters.option("convention", arguments.convention.convention.name());
    if arguments.sample_offset > 0 {
        parameters.option("sample-offset", arguments.sample_offset);
    }
    arguments.class.record(&mut parameters);
    Job {
        model: &model,
        plan: &plan,
        batch: &batch,
        format: Format::new(&arguments.output, count, &model, None)?,
        output: &arguments.output,
        device: &arguments.device,
        preview: false,
        parameters,
    }
    .run()
}
