//! The command line.

use std::convert::Infallible;
use std::path::PathBuf;

use clap::Parser;
use ddim_train::recipe::Choices;
use ddim_wgpu::gpu::headless::DeviceRequest;

/// Trains a small diffusion model on your own points, tables or pictures; `ddim sample --model` samples
/// it.
#[derive(Debug, Parser)]
#[command(name = "ddim-train", version, after_help = EXAMPLES)]
pub struct Cli {
    /// The model directory to write; checkpoints go to OUTPUT.checkpoint
    #[arg(long, short, value_name = "DIR")]
    pub output: PathBuf,
    /// Choices from a file, such as the recipe.toml of another model; options go before it
    #[arg(long, value_name = "FILE.toml")]
    pub recipe: Option<PathBuf>,
    /// Go on from the last checkpoint, with its recipe
    #[arg(long, conflicts_with_all = ["recipe", "overwrite"])]
    pub resume: bool,
    /// Begin anew where there is a model or a checkpoint already
    #[arg(long)]
    pub overwrite: bool,
    /// Store the weights as f16, half the size
    #[arg(long)]
    pub half: bool,
    /// What computes: `auto` (a hardware GPU, else the CPU), `gpu`, `cpu`, or the index or a part of
    /// the name of an entry of `ddim devices`
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = parse_device)]
    pub device: DeviceRequest,
    #[command(flatten)]
    pub choices: Choices,
}

const EXAMPLES: &str = "\
Examples:
  ddim-train --data moons.csv --output moons
  ddim-train --data penguins.csv --class-column species --output penguins
  ddim-train --data pictures/ --image-size 32 --output pictures-model
  ddim-train --output moons --resume --max-train-steps 20000

Then: ddim sample --model moons --output rows.csv";

fn parse_device(text: &str) -> Result<DeviceRequest, Infallible> {
    text.parse()
}
