//! Every form of the step, measured in turns.

use std::num::NonZeroUsize;

use wgpu::{Device, Queue};

use super::choice::StepChoice;
use crate::batch::Batch;
use crate::diffusion::Plan;
use crate::gpu::{self, DiffusionSampler, Network, Run, SamplerError, SamplerOptions, Stopwatch};
use crate::network::Model;
use crate::verify::{self, Verdict};

/// Runs of each form that are timed, after one that is not.
const ROUNDS: usize = 5;
/// Samples that the twin computes too: each takes a CPU some milliseconds.
const CHECKED: usize = 5;
/// How far samples of several rows a dispatch may be from those of one, of the largest value.
const SAME_SAMPLES: f32 = 1e-4;

/// A form of the step, and how it did.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Trial {
    /// The form.
    pub choice: StepChoice,
    /// Seconds of each timed run, by the device's own clock where it has one.
    pub seconds: Vec<f64>,
    /// What the model expects of a run on a device of this kind.
    pub expected_seconds: Option<f64>,
    /// Why the form cannot be used: the driver refuses it, or it computes something else.
    pub refused: Option<String>,
}

impl Trial {
    /// The median of the timed runs; infinite if there are none.
    #[must_use]
    pub fn median(&self) -> f64 {
        let mut seconds = self.seconds.clone();
        seconds.sort_by(f64::total_cmp);
        seconds
            .get(seconds.len() / 2)
            .copied()
            .unwrap_or(f64::INFINITY)
    }
}

/// All forms of the step of a network on a device, the fastest first.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Tuned {
    /// Those that can be used by their medians, then the others.
    pub trials: Vec<Trial>,
}

impl Tuned {
    /// The fastest of those that compute what they should; `None` if none does.
    #[must_use]
    pub fn best(&self) -> Option<&Trial> {
        self.trials.first().filter(|trial| trial.refused.is_none())
    }
}

/// Measures every form of a model's step on a device for a batch, in turns, after each was compared with
/// the twin. Takes the device for as long as some dozen runs of the batch take, and compiles as many
/// kernels. What `options` have set is kept. Submits and blocks the calling thread.
///
/// # Errors
/// [`SamplerError::Batch`], [`SamplerError::DeviceLost`], [`SamplerError::OutOfMemory`], [`SamplerError::Timeout`]. A form that the driver
/// refuses is a [`Trial`] that says so.
pub fn tune_blocking(
    on: (&Device, &Queue),
    model: &Model,
    plan: &Plan,
    batch: &Batch,
    options: &SamplerOptions,
) -> Result<Tuned, SamplerError> {
    let (device, queue) = on;
    let stopwatch = Stopwatch::new(device)?.timeout(options.timeout);
    let mut trials = Vec::new();
    let mut ready: Vec<Option<Ready>> = Vec::new();
    let mut reference = None;
    for form in gpu::measurable(device, model.into(), plan.len(), options)? {
        let Some(choice) = StepChoice::of(form) else {
            continue;
        };
        let mut own = options.clone();
        choice.apply(&mut own);
        let mut trial = Trial {
            choice,
            seconds: Vec::new(),
            expected_seconds: None,
            refused: None,
        };
        match Ready::new(on, (model, plan, batch), &own, &mut reference) {
            Ok(made) => {
                trial.expected_seconds = made.expected_seconds(device, plan, batch);
                ready.push(Some(made));
            }
            Err(Unusable::Ends(error)) => return Err(error),
            Err(Unusable::Form(reason)) => {
                trial.refused = Some(reason);
                ready.push(None);
            }
        }
        trials.push(trial);
    }
    for round in 0..=ROUNDS {
        for (trial, ready) in trials.iter_mut().zip(&ready) {
            let Some(ready) = ready else { continue };
            let timed = stopwatch.time_blocking(device, queue, |encoder| {
                ready.sampler.encode(encoder, &ready.run, 0..plan.len());
            })?;
            if round > 0 {
                trial.seconds.push(timed.seconds());
            }
        }
    }
    trials.sort_by(|a, b| a.median().total_cmp(&b.median()));
    Ok(Tuned { trials })
}

/// A form whose samples were found to be right.
struct Ready {
    sampler: DiffusionSampler,
    run: Run,
}

/// Why a form is not measured.
enum Unusable {
    /// Nothing more can be measured on this device.
    Ends(SamplerError),
    Form(String),
}

impl From<SamplerError> for Unusable {
    fn from(error: SamplerError) -> Self {
        if error.is_of_device() || matches!(error, SamplerError::Batch(_)) {
            Self::Ends(error)
        } else {
            Self::Form(error.to_string())
        }
    }
}

impl Ready {
    /// Compiles the form `options` and checks it: one row a dispatch against the twin, several against the
    /// samples of the form before, `reference`, which has the same kernel and tile.
    fn new(
        (device, queue): (&Device, &Queue),
        (model, plan, batch): (&Model, &Plan, &Batch),
        options: &SamplerOptions,
        reference: &mut Option<Vec<f32>>,
    ) -> Result<Self, Unusable> {
        let single = options.rows_per_dispatch == Some(NonZeroUsize::MIN);
        if single {
            *reference = None;
            let count = batch.count.min(CHECKED);
            let check = verify::model_blocking((device, queue), model, count, options)?;
            if check.verdict != Verdict::Passed {
                let detail = check.detail.unwrap_or_default();
                return Err(Unusable::Form(format!("not its twin: {detail}")));
            }
        }
        let sampler = DiffusionSampler::with_options(device, Network::from(model), plan, options)?;
        let run = sampler.prepare(device, queue, batch)?;
        sampler.submit_blocking(device, queue, &run, 0..plan.len(), |_| {
            std::ops::ControlFlow::Continue(())
        })?;
        let found = run.read_blocking(device, queue)?;
        match reference {
            None => *reference = Some(found),
            Some(expected) => {
                let apart = apart(&found, expected);
                if apart.is_nan() || apart > SAME_SAMPLES {
                    return Err(Unusable::Form(format!(
                        "samples {apart:.1e} from those of one row a dispatch"
                    )));
                }
            }
        }
        Ok(Self { sampler, run })
    }

    fn expected_seconds(&self, device: &Device, plan: &Plan, batch: &Batch) -> Option<f64> {
        let rates = gpu::Rates::typical(device.adapter_info().device_type);
        let cost = self.sampler.cost(batch.count)?;
        Some(cost.seconds(&rates) * plan.len() as f64)
    }
}

/// The largest difference, of the largest value or 1; NaN if something is no number.
fn apart(found: &[f32], expected: &[f32]) -> f32 {
    let largest = expected.iter().fold(1.0_f32, |most, v| most.max(v.abs()));
    let pairs = std::iter::zip(found, expected);
    pairs.fold(0.0, |most: f32, (a, b)| {
        let error = (a - b).abs() / largest;
        if error.is_nan() || error > most {
            error
        } else {
            most
        }
    })
}
