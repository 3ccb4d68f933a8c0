//! Which engine computes, hidden from the subcommands.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::thread;

use clap::Args;
use ddim_wgpu::Batch;
use ddim_wgpu::cpu::{CpuSampler, init_noise};
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::gpu::headless::{self, Choice, DeviceRequest};
use ddim_wgpu::gpu::{NoiseSource, Sampler};
use ddim_wgpu::model::Mlp;
use ddim_wgpu::wgpu::{Device, Queue};

use crate::failure::Failure;
use crate::terminal::{Progress, note};

#[derive(Debug, Args)]
pub struct DeviceArgument {
    /// What computes: `auto` (a hardware GPU, else the native CPU engine), `gpu`, `cpu`, or the index or a part of the
    /// name of an entry of `ddim devices`
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = parse_request)]
    pub device: DeviceRequest,
}

fn parse_request(text: &str) -> Result<DeviceRequest, Infallible> {
    text.parse()
}

/// Where the work is done.
pub struct Engine {
    kind: Kind,
    description: String,
}

enum Kind {
    Gpu { device: Device, queue: Queue },
    Cpu,
}

/// What a run gives.
pub struct Sampled {
    /// `[count, …sample_shape]`.
    pub values: Vec<f32>,
    /// The states asked for, each as `values`.
    pub frames: Vec<Vec<f32>>,
}

impl Engine {
    /// Finds the device that was asked for, and says which one it is and why.
    pub fn choose(argument: &DeviceArgument) -> Result<Self, Failure> {
        let (engine, reason) = match headless::choose(&argument.device)? {
            Choice::Adapter { adapter, reason } => {
                let (device, queue) = headless::open(&adapter)?;
                let description = headless::describe(&adapter.get_info());
                let kind = Kind::Gpu { device, queue };
                (Self { kind, description }, reason)
            }
            Choice::NativeCpu { reason } => {
                let threads = thread::available_parallelism().map_or(1, usize::from);
                let description = format!("cpu, the native engine on {threads} threads");
                let kind = Kind::Cpu;
                (Self { kind, description }, reason)
            }
        };
        note(format_args!("device: {} — {reason}", engine.description));
        Ok(engine)
    }

    /// Name and kind, for people.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Runs a plan on a batch, and keeps the states that there are after `kept` numbers of steps (0: x_T), in rising order.
    pub fn sample(
        &self,
        model: &Mlp,
        plan: &Plan,
        batch: &Batch,
        kept: &[usize],
    ) -> Result<Sampled, Failure> {
        let bar = Progress::new((batch.count * plan.len()) as u64, "sample steps");
        match &self.kind {
            Kind::Gpu { device, queue } => {
                sample_on_gpu((device, queue), model, plan, batch, kept, &bar)
            }
            Kind::Cpu => sample_on_cpu(model, plan, batch, kept, &bar),
        }
    }

    /// Prepares to make noise for samples of `dims` values.
    pub fn noise(&self, dims: usize) -> Result<Noise<'_>, Failure> {
        Ok(match &self.kind {
            Kind::Gpu { device, queue } => Noise::Gpu {
                device,
                queue,
                source: Box::new(NoiseSource::new(device, dims)?),
            },
            Kind::Cpu => Noise::Cpu { dims },
        })
    }
}

/// A source of noise on an engine.
pub enum Noise<'a> {
    Gpu {
        device: &'a Device,
        queue: &'a Queue,
        source: Box<NoiseSource>,
    },
    Cpu {
        dims: usize,
    },
}

impl Noise<'_> {
    /// The normals of draw `draw` of the samples of `batch`, `[count, dims]`.
    pub fn fill(&self, batch: &Batch, draw: u32) -> Result<Vec<f32>, Failure> {
        match self {
            Self::Gpu {
                device,
                queue,
                source,
            } => Ok(source.read_blocking(device, queue, batch, draw)?),
            Self::Cpu { dims } => {
                let mut values = vec![0.0; batch.count * dims];
                init_noise(batch.seed, batch.sample_offset, draw, *dims, &mut values);
                Ok(values)
            }
        }
    }
}

fn sample_on_cpu(
    model: &Mlp,
    plan: &Plan,
    batch: &Batch,
    kept: &[usize],
    bar: &Progress,
) -> Result<Sampled, Failure> {
    let sampler = CpuSampler::new(model, plan);
    let mut samples = sampler.start(batch)?;
    let mut frames = Vec::new();
    let mut row = 0;
    for &end in kept.iter().chain([&plan.len()]) {
        let before = (row * batch.count) as u64;
        sampler.advance(batch, row..end, &mut samples, |progress| {
            bar.set(before + progress.done);
            ControlFlow::Continue(())
        })?;
        row = end;
        if frames.len() < kept.len() {
            frames.push(samples.data.clone());
        }
    }
    let values = samples.data;
    Ok(Sampled { values, frames })
}

fn sample_on_gpu(
    (device, queue): (&Device, &Queue),
    model: &Mlp,
    plan: &Plan,
    batch: &Batch,
    kept: &[usize],
    bar: &Progress,
) -> Result<Sampled, Failure> {
    let sampler = Sampler::new(device, model, plan)?;
    let run = sampler.prepare(device, queue, batch)?;
    let mut frames = Vec::new();
    let mut row = 0;
    for &end in kept.iter().chain([&plan.len()]) {
        sampler.submit_blocking(device, queue, &run, row..end, |rows| {
            bar.set((rows * batch.count) as u64);
            ControlFlow::Continue(())
        })?;
        row = end;
        if frames.len() < kept.len() {
            frames.push(run.read_blocking(device, queue)?);
        }
    }
    let values = run.read_blocking(device, queue)?;
    Ok(Sampled { values, frames })
}
