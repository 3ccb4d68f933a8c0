//! Trains the models that `ddim-wgpu` ships, and the classifier that judges them.

mod checkpoint;
mod classifier;
mod data;
mod embedding;
mod error;
#[cfg(test)]
mod export_test;
mod format;
mod learning_rate;
mod model_directory;
mod network;
mod objective;
mod recipe;
mod train;
mod weights;

use std::path::PathBuf;
use std::process::ExitCode;

use burn::tensor::Device;
use clap::{Args, Parser, Subcommand};

use crate::data::Source;
use crate::error::Error;
use crate::recipe::{ModelName, Recipe};

/// Trains the bundled diffusion models and the classifier that judges them.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train a model and write its directory.
    Train(TrainArgs),
    /// Train the classifier that judges samples of digits and write its directory.
    Classifier(classifier::ClassifierArgs),
    /// Write data as .npy, for `ddim evaluate --reference`.
    Data(data::DataArgs),
}

#[derive(Debug, Args)]
struct TrainArgs {
    /// Which model to train.
    #[arg(long)]
    model: ModelName,
    /// Directory that scripts/fetch-data.sh filled.
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Model directory to write; the checkpoint goes to `<OUTPUT>.checkpoint`.
    #[arg(long)]
    output: PathBuf,
    /// Passes over the data; the learning rate falls to zero over them.
    #[arg(long)]
    epochs: Option<usize>,
    /// Seed of the initial weights, the batches and the noise.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Go on from the checkpoint.
    #[arg(long)]
    resume: bool,
    /// Stop after this many epochs in all, without hurrying the learning rate;
    /// go on later with --resume.
    #[arg(long)]
    stop_after: Option<usize>,
    /// Two short epochs of small batches, to see that training works at all.
    #[arg(long)]
    smoke: bool,
    #[command(flatten)]
    overrides: Overrides,
}

/// Departures from the recipe, for experiments.
#[derive(Debug, Args)]
struct Overrides {
    /// Peak learning rate.
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Samples in a batch.
    #[arg(long)]
    batch: Option<usize>,
    /// Decay of the moving average of the weights, per step.
    #[arg(long)]
    ema_decay: Option<f32>,
    /// Largest loss weight of a noise level, for x0-prediction.
    #[arg(long)]
    max_weight: Option<f64>,
}

fn recipe(args: &TrainArgs) -> Recipe {
    let mut recipe = Recipe::of(args.model);
    let overrides = &args.overrides;
    if let Some(batch) = overrides.batch {
        recipe.batch = batch;
    }
    if args.smoke {
        recipe.epochs = 2;
        recipe.steps_per_epoch = 10;
        recipe.batch = 64;
    }
    recipe.epochs = args.epochs.unwrap_or(recipe.epochs);
    recipe.learning_rate = overrides.learning_rate.unwrap_or(recipe.learning_rate);
    recipe.ema_decay = overrides.ema_decay.unwrap_or(recipe.ema_decay);
    recipe.max_weight = overrides.max_weight.unwrap_or(recipe.max_weight);
    recipe
}

fn run(cli: &Cli) -> Result<(), Error> {
    let device = Device::default();
    match &cli.command {
        Command::Train(args) => {
            let recipe = recipe(args);
            let source = Source::open(args.model, &args.data)?;
            let run = train::Run {
                recipe: &recipe,
                source: &source,
                output: &args.output,
                seed: args.seed,
                resume: args.resume,
                stop_after: args.stop_after,
            };
            train::train(&run, &device)
        }
        Command::Classifier(args) => classifier::train(args, &device),
        Command::Data(args) => data::export(args),
    }
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "errors are for the terminal")]
            {
                eprintln!("error: {error}");
            }
            ExitCode::FAILURE
        }
    }
}
