//! Data as `.npy`: what samples are compared with, encoded, and given a bound.

use std::path::PathBuf;

use clap::Args;
use ddim_wgpu::output::{OutputFile, npy};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::{Source, Split};
use crate::error::Error;
use crate::recipe::ModelName;

/// Seed of the points, none of which a model has been trained on.
const SEED: u64 = 1_000_001;
/// Levels of a pixel.
const LEVELS: f32 = 255.0;

/// What to write.
#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// Data of which model.
    #[arg(long)]
    model: ModelName,
    /// Directory that scripts/fetch-data.sh filled.
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Which digits: those that were trained on, or the others.
    #[arg(long, value_enum, default_value_t = Split::HeldOut)]
    split: Split,
    /// Number of points; digits are all there are.
    #[arg(long, default_value_t = 8000)]
    count: usize,
    /// The .npy file to write, `[N, …sample_shape]`.
    #[arg(long)]
    output: PathBuf,
}

/// Writes fresh points, or the digits of one split: as many of each class, in turn, so that digit
/// `i` is of class `i mod 10`.
pub(crate) fn export(args: &DataArgs) -> Result<(), Error> {
    let source = Source::open(args.model, &args.data)?;
    let (shape, values) = match &source {
        Source::Digits(digits) => {
            let mut classes = vec![Vec::new(); 10];
            for (image, class) in digits.split(args.split) {
                classes[*class].push(image);
            }
            let count = classes.iter().map(Vec::len).min().unwrap_or(0);
            // The package rounds the pixels to three digits; undone, for a bound
            // is of data on their grid.
            let round = |value: &f32| {
                let pixel = ((value + 1.0) / 2.0 * LEVELS).round();
                pixel / LEVELS * 2.0 - 1.0
            };
            let images = (0..count).flat_map(|i| classes.iter().map(move |class| class[i]));
            let values: Vec<f32> = images.flatten().map(round).collect();
            (vec![count * classes.len(), 1, 28, 28], values)
        }
        Source::SwissRoll | Source::Dino(_) => {
            let mut rng = StdRng::seed_from_u64(SEED);
            (
                vec![args.count, 2],
                source.draw(args.count, &mut rng).values,
            )
        }
    };
    let mut file = OutputFile::create(&args.output).map_err(Error::sampler)?;
    npy::write(&mut file, &shape, &values).map_err(Error::io(&args.output))?;
    file.finish().map_err(Error::sampler)
}
