//! Whole runs of each kernel that makes steps: against the CPU, and against themselves in other
//! batches.

use std::num::NonZeroUsize;

use crate::batch::{Batch, ClassChoice};
use crate::cpu::{self, Denoiser, MixtureDenoiser, MlpDenoiser, SampleStep, StepMemory};
use crate::diffusion::{Plan, PredictionType, StageCoefficients};
use crate::gpu::{DiffusionSampler, Kernel, Network, SamplerError, SamplerOptions, WgslNetwork};
use crate::verify::harness::cases;
use crate::verify::harness::compare::Comparison;
use crate::verify::harness::layers;
use crate::verify::harness::report::{Check, Measure};
use crate::verify::harness::stepwise::{OFFSET, SEED, host_noise};
use crate::verify::harness::verifier::Verifier;

/// Rows whose differences add up, each within the bound of its kernel; the networks forget them, so
/// they do not grow.
const TRAJECTORY: Measure = Measure::Relative { bound: 1e-5 };

/// What runs with a kernel that makes steps; none for the others.
fn uses(kernel: Kernel) -> Option<Used> {
    match kernel {
        Kernel::MlpStep | Kernel::MlpStepSerial | Kernel::MlpStepSplit | Kernel::MlpStepMatrix => {
            Some(Used::Mlp)
        }
        Kernel::ProgramStep | Kernel::ProgramStepSerial | Kernel::ProgramStepMatrix => {
            Some(Used::Layers)
        }
        Kernel::PredictStep => Some(Used::Mixture),
        // A part of every run, a caller's half of one, and what is done with its end.
        Kernel::InitNoise
        | Kernel::ThresholdStep
        | Kernel::MaskStep
        | Kernel::UpdateStep
        | Kernel::ToRgba8
        | Kernel::ToRgba16F => None,
    }
}

#[derive(Clone, Copy)]
enum Used {
    Mlp,
    Layers,
    Mixture,
}

/// The samples of whole runs, deterministic and stochastic, against the CPU's.
pub async fn trajectory(on: &Verifier<'_>, kernel: Kernel) -> Result<Option<Check>, SamplerError> {
    let what = if cfg!(feature = "cpu-engine") {
        "samples of 50 steps against the CPU engine's"
    } else {
        "samples of 50 steps against the twins'"
    };
    let name = format!("run of {}", kernel.name());
    // Errors of f16 are no question of the run: kernels on matrix units are compared row by row.
    let Some(used) = uses(kernel).filter(|_| !kernel.takes_matrix_units()) else {
        return Ok(None);
    };
    let check = on.check(name, what, TRAJECTORY, async |comparison| {
        // One row a dispatch, and several, which is another kernel.
        for (eta, rows) in [(0.0, 1), (1.0, 1), (1.0, 3)] {
            let case = format!("eta {eta}, {rows} rows a dispatch");
            let mut options = on.options.sampler(kernel);
            options.rows_per_dispatch = NonZeroUsize::new(rows);
            match used {
                Used::Mlp => {
                    let model = cases::contracting().model;
                    let plan = Plan::ddim(model.scheduler()).steps(50).eta(eta);
                    let plan = plan.build().expect("a plan");
                    let batch = batch(67).class(ClassChoice::Cyclic).guidance(1.5);
                    let batch = batch.initial(host_noise(5, 67, model.dims()));
                    let found = sample(on, &model, &plan, &batch, &options).await?;
                    let expected = mlp_on_cpu(&model, &plan, &batch);
                    comparison.near(&case, &found, &expected, 1.0);
                }
                Used::Layers => {
                    let network = &layers::networks()[1];
                    let model = &network.model;
                    let plan = Plan::ddim(model.scheduler()).steps(50).eta(eta);
                    let plan = plan.build().expect("a plan");
                    let batch = layers::conditioned(network, batch(67), 1.5);
                    let batch = batch.initial(host_noise(5, 67, model.dims()));
                    let found = sample(on, model, &plan, &batch, &options).await?;
                    let expected = layers_on_cpu(model, &plan, &batch);
                    comparison.near(&case, &found, &expected, 1.0);
                }
                Used::Mixture => {
                    let mixture = cases::mixture();
                    let prediction = PredictionType::Epsilon;
                    let plan = Plan::ddim(cases::scheduler()).steps(50).eta(eta);
                    let plan = plan.build().expect("a plan");
                    let batch = batch(67).initial(host_noise(5, 67, mixture.dims()));
                    let network = WgslNetwork::gaussian_mixture(&mixture, prediction);
                    let found = sample(on, &network, &plan, &batch, &options).await?;
                    let twin = MixtureDenoiser::new(mixture, prediction);
                    let expected = on_cpu(twin, &plan, &batch);
                    comparison.near(&case, &found, &expected, 1.0);
                }
            }
        }
        Ok(())
    });
    Ok(Some(check.await?))
}

/// A sample is the same alone, in a batch, in parts of one, and in any ranges of rows: bit for bit
/// on one device.
pub async fn invariance(on: &Verifier<'_>, kernel: Kernel) -> Result<Option<Check>, SamplerError> {
    let what = "bits of samples in batches of other sizes and offsets, in parts, in ranges of rows";
    let name = format!("batches of {}", kernel.name());
    let Some(used) = uses(kernel) else {
        return Ok(None);
    };
    let samplers = samplers(on, kernel);
    if samplers.is_empty() {
        return Ok(Some(Check::not_offered(name, what, Measure::Exact)));
    }
    let check = on.check(name, what, Measure::Exact, async |comparison| {
        for options in &samplers {
            compare_used(on, comparison, used, options).await?;
        }
        Ok(())
    });
    Ok(Some(check.await?))
}

/// The options of a kernel's samplers: of one for matrix units, with each of those that there are.
fn samplers(on: &Verifier<'_>, kernel: Kernel) -> Vec<SamplerOptions> {
    if !kernel.takes_matrix_units() {
        return vec![on.options.sampler(kernel)];
    }
    let units = on.options.matrix_units.iter();
    let precisions = units.map(|units| units.precision());
    let wanted = precisions.filter(|precision| {
        let only = on.options.precision;
        only.is_none_or(|only| only == *precision)
    });
    wanted
        .map(|precision| on.options.stored(kernel, precision))
        .collect()
}

async fn compare_used(
    on: &Verifier<'_>,
    comparison: &mut Comparison,
    used: Used,
    options: &SamplerOptions,
) -> Result<(), SamplerError> {
    match used {
        Used::Mlp => {
            let model = cases::contracting().model;
            let plan = Plan::ddim(model.scheduler()).steps(4).eta(1.0);
            let plan = plan.build().expect("a plan");
            let guided = |batch: Batch| batch.class(ClassChoice::Cyclic).guidance(1.5);
            compare_batches(on, comparison, (&model).into(), &plan, options, guided).await
        }
        Used::Layers => {
            let network = &layers::networks()[1];
            let plan = Plan::ddim(network.model.scheduler()).steps(4).eta(1.0);
            let plan = plan.build().expect("a plan");
            let guided = |batch: Batch| layers::conditioned(network, batch, 1.5);
            let model = (&network.model).into();
            compare_batches(on, comparison, model, &plan, options, guided).await
        }
        Used::Mixture => {
            let mixture = cases::mixture();
            let network = WgslNetwork::gaussian_mixture(&mixture, PredictionType::Epsilon);
            let plan = Plan::ddim(cases::scheduler()).steps(4).eta(1.0);
            let plan = plan.build().expect("a plan");
            let network = (&network).into();
            compare_batches(on, comparison, network, &plan, options, |batch| batch).await
        }
    }
}

async fn compare_batches(
    on: &Verifier<'_>,
    comparison: &mut Comparison,
    network: Network<'_>,
    plan: &Plan,
    options: &SamplerOptions,
    adapt: impl Fn(Batch) -> Batch,
) -> Result<(), SamplerError> {
    const COUNT: usize = 150;
    let dims = network.dims();
    let whole = sample(on, network, plan, &adapt(batch(COUNT)), options).await?;
    for (offset, count) in [(0, 1), (COUNT - 1, 1), (3, 64), (37, 65)] {
        let batch = batch(count).sample_offset(OFFSET + offset as u64);
        let found = sample(on, network, plan, &adapt(batch), options).await?;
        let case = format!("{count} samples from {offset}");
        comparison.same_bits(&case, &found, &whole[offset * dims..][..count * dims]);
    }
    let mut in_parts = options.clone();
    in_parts.shard_samples = NonZeroUsize::new(47);
    let found = sample(on, network, plan, &adapt(batch(COUNT)), &in_parts).await?;
    comparison.same_bits("parts of 47 samples", &found, &whole);

    let sampler = on.sampler(network, plan, options).await?;
    let run = on.prepare(&sampler, &adapt(batch(COUNT))).await?;
    for rows in [0..1, 1..3, 3..4] {
        on.submit(|encoder| sampler.encode(encoder, &run, rows))
            .await?;
    }
    let found = on.read(&run).await?;
    comparison.same_bits("rows in three submissions", &found, &whole);
    Ok(())
}

fn batch(count: usize) -> Batch {
    Batch::new(count).seed(SEED).sample_offset(OFFSET)
}

async fn sample<'a>(
    on: &Verifier<'_>,
    network: impl Into<Network<'a>>,
    plan: &Plan,
    batch: &Batch,
    options: &SamplerOptions,
) -> Result<Vec<f32>, SamplerError> {
    let sampler = on.sampler(network, plan, options).await?;
    let run = on.prepare(&sampler, batch).await?;
    for part in run.shards() {
        // A row that does not write is seen.
        let nothing = vec![f32::NAN; part.samples().len() * run_dims(&sampler)];
        on.link.write(part.x0(), &nothing)?;
    }
    on.submit(|encoder| sampler.encode(encoder, &run, 0..plan.len()))
        .await?;
    on.read(&run).await
}

fn run_dims(sampler: &DiffusionSampler) -> usize {
    sampler.sample_shape().iter().product()
}

#[cfg(feature = "cpu-engine")]
fn mlp_on_cpu(model: &crate::network::Model, plan: &Plan, batch: &Batch) -> Vec<f32> {
    let sampler = cpu::CpuSampler::new(model, plan);
    let samples = sampler.run(batch, crate::no_progress);
    samples.expect("a valid batch that fits memory").data
}

#[cfg(not(feature = "cpu-engine"))]
fn mlp_on_cpu(model: &crate::network::Model, plan: &Plan, batch: &Batch) -> Vec<f32> {
    mlp_by_twins(model, plan, batch)
}

#[cfg(feature = "cpu-engine")]
fn layers_on_cpu(model: &crate::network::Model, plan: &Plan, batch: &Batch) -> Vec<f32> {
    mlp_on_cpu(model, plan, batch)
}

#[cfg(not(feature = "cpu-engine"))]
fn layers_on_cpu(model: &crate::network::Model, plan: &Plan, batch: &Batch) -> Vec<f32> {
    let twin = cpu::ProgramTwin::new(model, plan);
    let classes = model.num_classes();
    by_twins(model.dims(), classes, plan, batch, |at, x, x0| {
        let index = (at.sample - batch.sample_offset) as usize;
        let inputs = model.inputs().iter().map(|input| {
            let row = batch.condition_of(index, &input.name, input.width);
            row.expect("a batch with every condition")
        });
        let inputs: Vec<&[f32]> = inputs.collect();
        cpu::program_step(&twin, plan, at, &inputs, x, x0);
    })
}

#[cfg(feature = "cpu-engine")]
fn on_cpu(twin: MixtureDenoiser, plan: &Plan, batch: &Batch) -> Vec<f32> {
    let sampler = cpu::CpuSampler::custom(twin, plan);
    let samples = sampler.run(batch, crate::no_progress);
    samples.expect("a valid batch that fits memory").data
}

#[cfg(not(feature = "cpu-engine"))]
fn on_cpu(twin: MixtureDenoiser, plan: &Plan, batch: &Batch) -> Vec<f32> {
    by_twins(twin.dims(), None, plan, batch, |at, x, x0| {
        cpu::predict_step(&twin, plan, at, x, x0);
    })
}

/// The samples of a run by the twins, from the batch's initial state.
pub fn mlp_by_twins(model: &crate::network::Model, plan: &Plan, batch: &Batch) -> Vec<f32> {
    let mlp = model.mlp().expect("verified models are residual MLPs");
    let twin = MlpDenoiser::new(mlp, plan);
    by_twins(
        twin.dims(),
        model.num_classes(),
        plan,
        batch,
        |at, x, x0| {
            cpu::mlp_step(&twin, plan, at, x, x0);
        },
    )
}

fn by_twins(
    dims: usize,
    num_classes: Option<usize>,
    plan: &Plan,
    batch: &Batch,
    twin: impl Fn(SampleStep, &mut [f32], StepMemory<'_>),
) -> Vec<f32> {
    let mut states = batch
        .initial
        .clone()
        .expect("runs here are given their x_T");
    for (i, x) in states.chunks_exact_mut(dims).enumerate() {
        let mut x0 = vec![f32::NAN; dims];
        let mut ring = vec![f32::NAN; StageCoefficients::SLOTS * dims];
        for row in 0..plan.len() {
            let at = SampleStep {
                row,
                class: batch.class_of(i, num_classes),
                guidance: batch.guidance,
                seed: batch.seed,
                sample: batch.sample_offset + i as u64,
            };
            let memory = StepMemory {
                x0: &mut x0,
                ring: &mut ring,
            };
            twin(at, x, memory);
        }
    }
    states
}
