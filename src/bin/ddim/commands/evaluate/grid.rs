//! The quality of samples over numbers of steps and amounts of noise, in the shape of the DDIM
//! paper's Table 1.

use ddim_wgpu::diffusion::SamplerKind;
use ddim_wgpu::network::Model;
use serde_json::{Map, Value, json};

use super::report::Report;
use super::table::table;
use super::{Arguments, Noise, sample};
use crate::exit::Failure;
use crate::terminal::warn;

const STEPS: [usize; 5] = [10, 20, 50, 100, 1000];
const ROWS: [Noise; 5] = [
    Noise::Eta(0.0),
    Noise::Eta(0.2),
    Noise::Eta(0.5),
    Noise::Eta(1.0),
    Noise::Sampler(SamplerKind::DdpmLarge),
];
const POINTS: usize = 4000;
const IMAGES: usize = 2000;

pub(super) fn report(arguments: &Arguments, model: &Model) -> Result<Report, Failure> {
    let default = if model.sample_shape().len() == 1 {
        POINTS
    } else {
        IMAGES
    };
    let count = arguments.count.unwrap_or(default);
    let (steps, noises) = (arguments.steps(model, &STEPS), arguments.rows(&ROWS));
    // Every plan and the batch, before anything is computed.
    let plan = |noise: Noise, steps| arguments.build(noise.start(model.scheduler()), steps);
    for &noise in &noises {
        for &steps in &steps {
            plan(noise, steps)?;
        }
    }
    arguments.batch(model, count, arguments.seed)?;
    if count < 2 {
        return Err(Failure::usage(format_args!(
            "--count {count}: a distance needs 2 samples"
        )));
    }
    let comparison = arguments.comparison(model)?;
    let backend = arguments.device.open()?;
    let metrics = comparison.metrics()?;

    let named = |first: &[f64]| format!("{} {first:?}", metrics[0].name);
    let rows = table(&noises, &steps, named, |noise, steps| {
        let plan = plan(noise, steps)?;
        let of_seed = |seed| {
            let batch = arguments.batch(model, count, seed)?;
            let samples = sample(backend, model, &plan, &batch)?;
            let asked = |index| batch.class_of(index, model.num_classes());
            let scores = comparison.measure(&samples, asked)?;
            if scores.non_finite > 0 {
                warn(format_args!(
                    "{} of {count} samples are not finite",
                    scores.non_finite
                ));
            }
            Ok(scores.values)
        };
        arguments.seeds().into_iter().map(of_seed).collect()
    })?;
    Ok(Report {
        parameters: arguments.parameters(model, count, &steps, &noises, backend),
        steps,
        metrics,
        rows,
    })
}

impl Noise {
    /// Its name for programs.
    pub(super) fn key(self) -> Map<String, Value> {
        let (sampler, eta) = match self {
            Self::Eta(eta) => ("ddim", json!(eta)),
            Self::Sampler(sampler) => (sampler.name(), Value::Null),
        };
        let entries = [("sampler", json!(sampler)), ("eta", eta)];
        entries
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect()
    }
}
