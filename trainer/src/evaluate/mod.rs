//! Measuring a model directory.

mod classifier;
mod picture;
mod sampler;
mod wasserstein;

use std::io::Write;
use std::path::PathBuf;

use burn::tensor::Device;
use clap::Args;
use ddim_wgpu::ClassChoice;
use ddim_wgpu::model::Mlp;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::data::Source;
use crate::error::Error;
use crate::evaluate::classifier::Classifier;
use crate::evaluate::sampler::{Request, sample};
use crate::recipe::ModelName;

/// Seed of the classifier and of the fresh data that samples are compared with.
const REFERENCE_SEED: u64 = 1_000_001;

/// Fresh sets of data that samples of points are compared with.
const REPEATS: u64 = 8;

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
    /// 0: deterministic DDIM; 1: DDPM.
    #[arg(long, default_value_t = 0.0)]
    eta: f64,
    /// Sample without clipping x̂₀, whatever the model's scheduler says.
    #[arg(long)]
    unclipped: bool,
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

impl EvaluateArgs {
    fn request(&self) -> Request {
        Request {
            count: self.count,
            steps: self.steps,
            eta: self.eta,
            seed: self.seed,
            guidance: 1.0,
            class: ClassChoice::None,
            unclipped: self.unclipped,
        }
    }
}

/// Prints the figures of the model card.
pub(crate) fn evaluate(args: &EvaluateArgs, device: &Device) -> Result<(), Error> {
    let model = Mlp::load(&args.directory).map_err(Error::sampler)?;
    let source = Source::open(args.model, &args.data)?;
    if let Some(pictures) = &args.pictures {
        std::fs::create_dir_all(pictures).map_err(Error::io(pictures))?;
    }
    match &source {
        Source::Digits(_) => digits(args, &model, &source, device),
        Source::SwissRoll | Source::Dino(_) => points(args, &model, &source),
    }
}

fn digits(args: &EvaluateArgs, model: &Mlp, source: &Source, device: &Device) -> Result<(), Error> {
    let classifier = Classifier::train(source, REFERENCE_SEED, device);
    if let Source::Digits(digits) = source {
        let accuracy = classifier.accuracy(digits, device);
        report(&format!("classifier: held-out accuracy {accuracy:.4}"))?;
    }
    let asked: Vec<usize> = (0..args.count).map(|i| i % 10).collect();
    for guidance in &args.guidance {
        let samples = sample(
            model,
            Request {
                guidance: *guidance,
                class: ClassChoice::Cyclic,
                ..args.request()
            },
        )?;
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

fn points(args: &EvaluateArgs, model: &Mlp, source: &Source) -> Result<(), Error> {
    let samples = sample(model, args.request())?;
    let samples = samples.as_chunks::<2>().0;
    let mut rng = StdRng::seed_from_u64(REFERENCE_SEED);
    let mut fresh = || source.draw(args.count, &mut rng).values;
    let (mut of_samples, mut of_data) = (0.0, 0.0);
    let mut shown = Vec::new();
    for repeat in 0..REPEATS {
        let (data, other) = (fresh(), fresh());
        let [data, other] = [&data, &other].map(|values| values.as_chunks::<2>().0);
        let mut directions = StdRng::seed_from_u64(repeat);
        of_samples += wasserstein::sliced(samples, data, &mut directions) / REPEATS as f64;
        of_data += wasserstein::sliced(other, data, &mut directions) / REPEATS as f64;
        shown = data.to_vec();
    }
    report(&format!(
        "sliced Wasserstein-2, {} points, {} directions, {} steps, mean of {REPEATS}: \
         samples against data {of_samples:.5}, data against data {of_data:.5}",
        args.count,
        wasserstein::PROJECTIONS,
        args.steps,
    ))?;
    if let Some(pictures) = &args.pictures {
        picture::scatter(samples, &pictures.join("samples.png"))?;
        picture::scatter(&shown, &pictures.join("data.png"))?;
    }
    Ok(())
}

fn report(line: &str) -> Result<(), Error> {
    writeln!(std::io::stdout(), "{line}").map_err(Error::io("stdout"))
}
