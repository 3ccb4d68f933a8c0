//! Which engine computes, hidden from the subcommands.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

use clap::{Args, ValueEnum};
use ddim_wgpu::cpu::{CpuSampler, init_noise};
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::gpu::headless::{self, Choice, DeviceRequest};
use ddim_wgpu::gpu::{
    DiffusionSampler, NoiseSource, READ_TIMEOUT, Run, SamplerError, SamplerOptions,
};
use ddim_wgpu::network::Mlp;
use ddim_wgpu::wgpu::{Device, Queue};
use ddim_wgpu::{Batch, FixedPoint, Inversion};

use crate::failure::Failure;
use crate::terminal::{Progress, note};

#[derive(Debug, Args)]
pub struct DeviceArgument {
    /// What computes: `auto` (a hardware GPU, else the native CPU engine), `gpu`, `cpu`, or the index or a part of the
    /// name of an entry of `ddim devices`
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = parse_request)]
    pub device: DeviceRequest,
    /// Seconds to wait for a GPU that does not answer [default: 600]
    #[arg(long, value_name = "SECONDS", value_parser = parse_timeout)]
    pub timeout: Option<Duration>,
}

fn parse_timeout(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "give a number of seconds")?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|timeout| !timeout.is_zero())
        .ok_or_else(|| "give a number of seconds above 0".to_owned())
}

fn parse_request(text: &str) -> Result<DeviceRequest, Infallible> {
    text.parse()
}

/// Where the work is done.
pub struct Engine {
    kind: Kind,
    description: String,
    timeout: Duration,
}

enum Kind {
    Gpu { device: Device, queue: Queue },
    Cpu,
}

/// What of a run is shown along the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shown {
    /// The state, which loses its noise
    State,
    /// x̂₀, what the network takes the data to be
    X0,
}

/// What a run gives.
pub struct Sampled {
    /// `[count, …sample_shape]`.
    pub values: Vec<f32>,
    /// The states asked for, or the x̂₀, each as `values`.
    pub frames: Vec<Vec<f32>>,
}

impl Sampled {
    /// Samples without their way there.
    pub fn of(values: Vec<f32>) -> Self {
        let frames = Vec::new();
        Self { values, frames }
    }
}

impl Engine {
    /// Finds the device that was asked for, and says which one it is and why.
    pub fn choose(argument: &DeviceArgument) -> Result<Self, Failure> {
        let (engine, reason) = match headless::choose(&argument.device)? {
            Choice::Adapter { adapter, reason } => {
                let (device, queue) = headless::open(&adapter)?;
                let description = headless::describe(&adapter.get_info());
                let kind = Kind::Gpu { device, queue };
                (Self::new(kind, description, argument), reason)
            }
            Choice::NativeCpu { reason } => {
                let threads = thread::available_parallelism().map_or(1, usize::from);
                let description = format!("cpu, the native engine on {threads} threads");
                let kind = Kind::Cpu;
                (Self::new(kind, description, argument), reason)
            }
        };
        note(format_args!("device: {} — {reason}", engine.description));
        Ok(engine)
    }

    fn new(kind: Kind, description: String, argument: &DeviceArgument) -> Self {
        Self {
            kind,
            description,
            timeout: argument.timeout.unwrap_or(READ_TIMEOUT),
        }
    }

    /// Name and kind, for people.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Runs a plan on a batch, and keeps what is `shown` after `kept` numbers of rows (0: x_T), in rising order.
    pub fn sample(
        &self,
        model: &Mlp,
        plan: &Plan,
        batch: &Batch,
        (kept, shown): (&[usize], Shown),
    ) -> Result<Sampled, Failure> {
        let bar = Progress::new((batch.count * plan.len()) as u64, "sample steps");
        match &self.kind {
            Kind::Gpu { device, queue } => {
                let on = (device, queue);
                let shown = (kept, shown);
                let sampled = sample_on_gpu(on, model, plan, batch, shown, self.timeout, &bar);
                if let Err(SamplerError::Timeout { .. }) = &sampled {
                    // The last owner of a queue waits for it, for ever if it hangs; so this process is one that never lets go.
                    std::mem::forget(queue.clone());
                }
                Ok(sampled?)
            }
            Kind::Cpu => sample_on_cpu(model, plan, batch, (kept, shown), &bar),
        }
    }

    /// Encodes the data of a batch by inverting the rows of a plan.
    pub fn invert(
        &self,
        model: &Mlp,
        plan: &Plan,
        batch: &Batch,
        settings: &FixedPoint,
    ) -> Result<Inversion, Failure> {
        match &self.kind {
            Kind::Gpu { device, queue } => {
                let mut options = SamplerOptions::default();
                options.timeout = self.timeout;
                let sampler = DiffusionSampler::with_options(device, model, plan, &options)?;
                let bar = Progress::new(plan.len() as u64, "steps");
                let progress = |rows: usize| {
                    bar.set(rows as u64);
                    ControlFlow::Continue(())
                };
                let inversion =
                    sampler.invert_blocking(device, queue, plan, batch, settings, progress)?;
                Ok(inversion.expect("nothing stops it"))
            }
            Kind::Cpu => {
                let bar = Progress::new((batch.count * plan.len()) as u64, "sample steps");
                Ok(
                    CpuSampler::new(model, plan).invert(batch, settings, |progress| {
                        bar.set(progress.done);
                        ControlFlow::Continue(())
                    })?,
                )
            }
        }
    }

    /// Prepares to ask the network for x̂₀ at rows of a plan, for states of samples like those of `batch`.
    pub fn estimator(
        &self,
        model: &Mlp,
        plan: &Plan,
        batch: &Batch,
    ) -> Result<Estimator<'_>, Failure> {
        Ok(match &self.kind {
            Kind::Gpu { device, queue } => {
                let mut options = SamplerOptions::default();
                options.timeout = self.timeout;
                let sampler = Box::new(DiffusionSampler::with_options(
                    device, model, plan, &options,
                )?);
                let initial = vec![0.0; batch.count * model.dims()];
                let run = sampler.prepare(device, queue, &batch.clone().initial(initial))?;
                Estimator::Gpu {
                    device,
                    queue,
                    sampler,
                    run: Box::new(run),
                }
            }
            Kind::Cpu => Estimator::Cpu {
                sampler: Box::new(CpuSampler::new(model, plan)),
                batch: batch.clone(),
            },
        })
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

/// A network on an engine, to be asked for x̂₀.
pub enum Estimator<'a> {
    Gpu {
        device: &'a Device,
        queue: &'a Queue,
        sampler: Box<DiffusionSampler>,
        run: Box<Run>,
    },
    Cpu {
        sampler: Box<CpuSampler<'a>>,
        batch: Batch,
    },
}

impl Estimator<'_> {
    /// x̂₀ of row `row` for states, `[count, D]`.
    pub fn x0(&self, row: usize, states: &[f32]) -> Result<Vec<f32>, Failure> {
        Ok(match self {
            Self::Gpu {
                device,
                queue,
                sampler,
                run,
            } => sampler.estimate_blocking(device, queue, run, row, states)?,
            Self::Cpu { sampler, batch } => sampler.estimate(batch, row, states)?,
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
    (kept, shown): (&[usize], Shown),
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
            frames.push(match shown {
                Shown::State => samples.data.clone(),
                Shown::X0 => samples.x0.clone(),
            });
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
    (kept, shown): (&[usize], Shown),
    timeout: Duration,
    bar: &Progress,
) -> Result<Sampled, SamplerError> {
    let mut options = SamplerOptions::default();
    options.timeout = timeout;
    let sampler = DiffusionSampler::with_options(device, model, plan, &options)?;
    let mut sampled = Sampled {
        values: Vec::new(),
        frames: vec![Vec::new(); kept.len()],
    };
    // Before the work, so that nobody waits for samples that there is no room for.
    for values in sampled.frames.iter_mut().chain([&mut sampled.values]) {
        let reserved = values.try_reserve_exact(batch.count * model.dims());
        reserved.map_err(|_| SamplerError::OutOfMemory {
            what: "the samples on the host",
        })?;
    }
    // As many samples at a time as the device has memory for; usually all.
    let mut done = 0;
    while done < batch.count {
        let run = sampler.prepare_fitting(device, queue, &batch.part(done..batch.count))?;
        let mut row = 0;
        for (index, &end) in kept.iter().chain([&plan.len()]).enumerate() {
            sampler.submit_blocking(device, queue, &run, row..end, |rows| {
                bar.set((done * plan.len() + rows * run.count()) as u64);
                ControlFlow::Continue(())
            })?;
            row = end;
            if let Some(frame) = sampled.frames.get_mut(index) {
                frame.extend(match shown {
                    Shown::State => run.read_blocking(device, queue)?,
                    Shown::X0 => run.read_x0_blocking(device, queue)?,
                });
            }
        }
        sampled.values.extend(run.read_blocking(device, queue)?);
        done += run.count();
    }
    Ok(sampled)
}
