//! A network and a plan made ready on a device.

use std::ops::ControlFlow;
use std::rc::Rc;

use ddim_wgpu::cpu::CpuSampler;
use ddim_wgpu::diffusion::{Plan, SchedulerConfig};
use ddim_wgpu::gpu::{DiffusionSampler, SamplerOptions};
use ddim_wgpu::session::SessionOptions;
use ddim_wgpu::{Batch, Session, wgpu};
use js_sys::Function;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsError, JsValue};

use super::cpu_play::CpuPlay;
use super::device::Device;
use super::gpu_play::GpuPlay;
use super::network::{Kind, Network};
use super::player::Player;
use super::script::{Outcome, breathe, read, tell};
use crate::request::{Arrays, BatchRequest, OptionsRequest, PlanRequest};

/// Milliseconds that the CPU engine computes between two breaths.
const ENGINE_MILLISECONDS: f64 = 24.0;

/// A network and a plan made ready on a device. Cheap to keep, and makes any number of runs.
#[wasm_bindgen]
pub struct Sampler {
    ready: Rc<Ready>,
    network: Rc<Known>,
}

/// What is known of a network.
struct Known {
    scheduler: SchedulerConfig,
    shape: Vec<usize>,
}

/// A network and a plan as an engine runs them.
pub enum Ready {
    Model(Box<Session>),
    Wgsl {
        device: wgpu::Device,
        queue: wgpu::Queue,
        sampler: Box<DiffusionSampler>,
    },
}

impl Ready {
    /// What there is on a GPU.
    pub fn gpu(&self) -> Option<(&wgpu::Device, &wgpu::Queue, &DiffusionSampler)> {
        match self {
            Self::Model(session) => session
                .gpu()
                .map(|parts| (parts.device, parts.queue, parts.sampler)),
            Self::Wgsl {
                device,
                queue,
                sampler,
            } => Some((device, queue, sampler)),
        }
    }

    /// What there is on the CPU.
    pub fn cpu(&self) -> Option<&CpuSampler<'static>> {
        match self {
            Self::Model(session) => session.cpu(),
            Self::Wgsl { .. } => None,
        }
    }

    pub fn plan(&self) -> &Plan {
        match self {
            Self::Model(session) => session.plan(),
            Self::Wgsl { sampler, .. } => sampler.plan(),
        }
    }
}

#[wasm_bindgen]
impl Sampler {
    /// Compiles kernels and uploads weights, or packs them. `plan` has `sampler`, `steps`, `eta`,
    /// `spacing`, `clip`, `threshold` and `encode`; `options` have `kernel`, `rowsPerDispatch` and
    /// `half`. All may be left out.
    ///
    /// # Errors
    /// If the plan does not exist, the network cannot run here, or its WGSL does not compile: with
    /// the compiler's message.
    pub async fn create(
        device: &Device,
        network: &Network,
        plan: JsValue,
        options: JsValue,
    ) -> Outcome<Sampler> {
        let request: PlanRequest = read("plan", &plan)?;
        let plan = request.plan(network.scheduler())?;
        let options = read::<OptionsRequest>("options", &options)?.sampler()?;
        let known = Known {
            scheduler: network.scheduler().clone(),
            shape: network.shape(),
        };
        Ok(Self {
            ready: Rc::new(ready(device, network, &plan, options).await?),
            network: Rc::new(known),
        })
    }

    /// A sampler of the same network for another plan. Shares kernels and weights with this one.
    ///
    /// # Errors
    /// As `create`; for a function in WGSL, which is compiled anew by `create`.
    #[wasm_bindgen(js_name = withPlan)]
    pub async fn with_plan(&self, plan: JsValue) -> Outcome<Sampler> {
        let request: PlanRequest = read("plan", &plan)?;
        let plan = request.plan(&self.network.scheduler)?;
        let Ready::Model(session) = &*self.ready else {
            return Err(JsError::new(
                "a network in WGSL has one plan: create another sampler",
            ));
        };
        Ok(Self {
            ready: Rc::new(Ready::Model(Box::new(
                session.with_plan_async(&plan).await?,
            ))),
            network: self.network.clone(),
        })
    }

    /// The kernel of a step on a GPU; nothing on the CPU engine.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn kernel(&self) -> Option<String> {
        let (_, _, sampler) = self.ready.gpu()?;
        Some(sampler.kernel().name().to_owned())
    }

    /// Rows of the plan: evaluations of the network for each sample.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn rows(&self) -> usize {
        self.ready.plan().len()
    }

    /// Rows that are done at the ends of the plan's steps, with 0 for the start.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn stops(&self) -> Vec<usize> {
        let ends = self.ready.plan().step_ends();
        std::iter::once(0).chain(ends).collect()
    }

    /// Whether the plan adds noise on its way.
    #[wasm_bindgen(getter, js_name = isStochastic)]
    #[must_use]
    pub fn is_stochastic(&self) -> bool {
        self.ready.plan().is_stochastic()
    }

    /// Runs the plan on a batch and gives the samples, `[count, D]`. `batch` has `count`, `seed`,
    /// `offset`, `class` and `guidance`; `initial`, `data` and `mask` are `[count, D]` each.
    /// `listener` is told the share that is done.
    ///
    /// # Errors
    /// If the network cannot take the batch, and of the device.
    pub async fn sample(
        &self,
        batch: JsValue,
        initial: Option<Vec<f32>>,
        data: Option<Vec<f32>>,
        mask: Option<Vec<f32>>,
        listener: Option<Function>,
    ) -> Outcome<Vec<f32>> {
        let batch = read_batch(&batch, initial, data, mask)?;
        let share = |share: f64| tell(listener.as_ref(), &JsValue::from_f64(share));
        match &*self.ready {
            Ready::Model(session) if session.gpu().is_some() => {
                let mut observer = |progress: ddim_wgpu::Progress| {
                    share(progress.done as f64 / progress.total.max(1) as f64);
                    ControlFlow::Continue(())
                };
                let samples = session.sample_async(&batch, &mut observer).await?;
                Ok(samples.into_values())
            }
            Ready::Model(_) => {
                let mut play = CpuPlay::new(self.ready.clone(), batch, false)?;
                while !play.is_done() {
                    play.advance(ENGINE_MILLISECONDS)?;
                    share(play.done() as f64 / self.rows() as f64);
                    breathe().await;
                }
                Ok(play.state())
            }
            Ready::Wgsl {
                device,
                queue,
                sampler,
            } => {
                let run = sampler.prepare_async(device, queue, &batch).await?;
                let told = |rows: usize| {
                    share(rows as f64 / sampler.len() as f64);
                    ControlFlow::Continue(())
                };
                let rows = 0..sampler.len();
                sampler.submit(device, queue, &run, rows, told).await?;
                Ok(run.read(device, queue).await?)
            }
        }
    }

    /// Starts a run that is advanced a few rows a frame. `keep` keeps the state after every row,
    /// for `Player.read` and for a view to go back to.
    ///
    /// # Errors
    /// If the network cannot take the batch, there is no memory for it or, with `keep`, for its
    /// states.
    pub async fn play(
        &self,
        batch: JsValue,
        keep: bool,
        initial: Option<Vec<f32>>,
        data: Option<Vec<f32>>,
        mask: Option<Vec<f32>>,
    ) -> Outcome<Player> {
        let batch = read_batch(&batch, initial, data, mask)?;
        let shape = self.network.shape.clone();
        if self.ready.gpu().is_some() {
            let play = GpuPlay::new(self.ready.clone(), &batch, keep).await?;
            Ok(Player::gpu(play, batch.count, shape))
        } else {
            let play = CpuPlay::new(self.ready.clone(), batch.clone(), keep)?;
            Ok(Player::cpu(play, batch.count, shape))
        }
    }
}

async fn ready(
    device: &Device,
    network: &Network,
    plan: &Plan,
    options: SamplerOptions,
) -> Outcome<Ready> {
    match network.kind() {
        Kind::Model(model) => {
            let options = SessionOptions::default().gpu(options);
            let session = Session::new_async(device.backend(), model, plan, &options).await?;
            Ok(Ready::Model(Box::new(session)))
        }
        Kind::Wgsl { network, .. } => {
            let Some((device, queue)) = device.backend().wgpu() else {
                return Err(JsError::new("a network in WGSL needs WebGPU"));
            };
            let sampler = DiffusionSampler::with_options_async(device, network, plan, &options);
            Ok(Ready::Wgsl {
                sampler: Box::new(sampler.await?),
                device: device.clone(),
                queue: queue.clone(),
            })
        }
    }
}

fn read_batch(
    batch: &JsValue,
    initial: Option<Vec<f32>>,
    data: Option<Vec<f32>>,
    mask: Option<Vec<f32>>,
) -> Outcome<Batch> {
    let arrays = Arrays {
        initial,
        data,
        mask,
    };
    Ok(read::<BatchRequest>("batch", batch)?.batch(arrays)?)
}
