//! The GPU's kernels: against their CPU twins, against exact answers, as
//! text, and in a host's hands.

mod counted;
mod drawn;
mod embedding;
mod end_to_end;
mod far;
mod features;
mod frames;
mod invariance;
mod lints;
mod matrix;
mod matrix_programs;
mod pictures;
mod reading;
mod registry;
mod sabotage;
mod shaders;
mod snapshots;
mod twins;

use ddim_wgpu::diffusion::{NoiseSchedule, Plan, SchedulerConfig};
use ddim_wgpu::gpu::{DiffusionSampler, Network, Run, SamplerOptions};
use ddim_wgpu::{Batch, network::Model};

use crate::common::compute::{TestDevice, test_device};
use crate::common::golden_models::GoldenModel;

/// A golden model by name; they are small and have random weights.
fn model(name: &str) -> Model {
    GoldenModel::read(name)
        .files
        .load()
        .expect("a golden model")
}

/// ε-prediction on 1,000 linear levels, no clipping.
fn scheduler() -> SchedulerConfig {
    NoiseSchedule::linear(1e-4, 0.02, 1000)
        .expect("a schedule")
        .into()
}

fn plan(config: &SchedulerConfig, steps: usize, eta: f64) -> Plan {
    Plan::ddim(config)
        .steps(steps)
        .eta(eta)
        .build()
        .expect("a plan")
}

/// Submits rows and waits for nothing.
fn submit(sampler: &DiffusionSampler, run: &Run, rows: std::ops::Range<usize>) {
    let TestDevice { device, queue, .. } = test_device();
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    sampler.encode(&mut encoder, run, rows);
    queue.submit([encoder.finish()]);
}

/// The samples of a batch.
fn sample<'a>(
    network: impl Into<Network<'a>>,
    plan: &Plan,
    batch: &Batch,
    options: &SamplerOptions,
) -> Vec<f32> {
    sample_on(test_device(), network, plan, batch, options)
}

/// The samples of a batch on a certain device.
fn sample_on<'a>(
    on: &TestDevice,
    network: impl Into<Network<'a>>,
    plan: &Plan,
    batch: &Batch,
    options: &SamplerOptions,
) -> Vec<f32> {
    let TestDevice { device, queue, .. } = on;
    let sampler =
        DiffusionSampler::with_options(device, network, plan, options).expect("a sampler");
    let run = sampler.prepare(device, queue, batch).expect("a run");
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    sampler.encode(&mut encoder, &run, 0..plan.len());
    queue.submit([encoder.finish()]);
    run.read_blocking(device, queue).expect("samples")
}

/// Bits, to compare without tolerance and with NaN equal to itself.
fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}
