//! Measuring a model directory.

mod classifier;
mod picture;
mod sampler;
mod wasserstein;

use std::io::Write;
use std::path::PathBuf;

use burn::tensor::Device;
use clap::Args;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::data::Source;
use crate::error::Error;
use crate::evaluate::classifier::Classifier;
use crate::evaluate::sampler::{Request, sample};
use crate::format::{ModelConfig, SchedulerConfig};
use crate::model_directory;
use crate::recipe::ModelName;
use crate::weights::Weights;

/// Seed of the classifier and of the fresh data that samples are compared with.
const REFERENCE_SEED: u64 = 1_000_001;

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// Which model it is.
    #[arg(long)]
    model: ModelName,
    /// The model directory.
    #[arg(long)]
    directory: PathBuf,
    /// Directory that scripts/fetch-data.sh filled.
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Samples to draw.
    #[arg(long, default_value_t = 1000)]
    count: usize,
    /// Sampling steps.
    #[arg(long, default_value_t = 50)]
    steps: usize,
    /// Seed of the samples.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Guidance scales to measure, for models with classes.
    #[arg(long, value_delimiter = ',', default_value = "1,2")]
    guidance: Vec<f32>,
    /// Directory to write pictures to.
    #[arg(long)]
    pictures: Option<PathBuf>,
}

/// A model directory, read.
type Model = (ModelConfig, SchedulerConfig, Weights);

/// Prints the figures of the model card.
pub(crate) fn evaluate(args: &EvaluateArgs, device: &Device) -> Result<(), Error> {
    let model = model_directory::read(&args.directory)?;
    let source = Source::open(args.model, &args.data)?;
    if let Some(pictures) = &args.pictures {
        std::fs::create_dir_all(pictures).map_err(Error::io(pictures))?;
    }
    report(&format!("{} parameters", model.2.len()))?;
    match &source {
        Source::Digits(_) => digits(args, &model, &source, device),
        Source::SwissRoll | Source::Dino(_) => points(args, &model, &source, device),
    }
}

fn digits(
    args: &EvaluateArgs,
    model: &Model,
    source: &Source,
    device: &Device,
) -> Result<(), Error> {
    let classifier = Classifier::train(source, REFERENCE_SEED, device);
    if let Source::Digits(digits) = source {
        let accuracy = classifier.accuracy(digits, device);
        report(&format!("classifier: held-out accuracy {accuracy:.4}"))?;
    }
    let asked: Vec<usize> = (0..args.count).map(|i| i % 10).collect();
    let classes: Vec<_> = asked.iter().map(|class| Some(*class)).collect();
    for guidance in &args.guidance {
        let request = Request {
            steps: args.steps,
            seed: args.seed,
            guidance: *guidance,
            classes: &classes,
        };
        let samples = sample(model, request, device)?;
        let agreement = classifier.agreement(&samples, &asked, device);
        report(&format!(
            "guidance {guidance}, {} steps: agreement {agreement:.4} of {}",
            args.steps, args.count
        ))?;
        if let Some(pictures) = &args.pictures {
            let shown = samples.len().min(200 * 784);
            let path = pictures.join(format!("digits-guidance-{guidance}.png"));
            picture::grid(&samples[..shown], 20, &path)?;
        }
    }
    Ok(())
}

fn points(
    args: &EvaluateArgs,
    model: &Model,
    source: &Source,
    device: &Device,
) -> Result<(), Error> {
    let request = Request {
        steps: args.steps,
        seed: args.seed,
        guidance: 1.0,
        classes: &vec![None; args.count],
    };
    let samples = sample(model, request, device)?;
    let mut rng = StdRng::seed_from_u64(REFERENCE_SEED);
    let mut fresh = || source.draw(args.count, &mut rng).values;
    let (data, other) = (fresh(), fresh());
    let [samples, data, other] = [&samples, &data, &other].map(|values| values.as_chunks::<2>().0);
    let distance = |a, b| wasserstein::sliced(a, b, &mut StdRng::seed_from_u64(REFERENCE_SEED));
    report(&format!(
        "sliced Wasserstein-2, {} points, {} directions, {} steps: samples {:.5}, data against data {:.5}",
        args.count,
        wasserstein::PROJECTIONS,
        args.steps,
        distance(samples, data),
        distance(other, data),
    ))?;
    if let Some(pictures) = &args.pictures {
        picture::scatter(samples, &pictures.join("samples.png"))?;
        picture::scatter(data, &pictures.join("data.png"))?;
    }
    Ok(())
}

fn report(line: &str) -> Result<(), Error> {
    writeln!(std::io::stdout(), "{line}").map_err(Error::io("stdout"))
}
