//! A model and a plan as an engine runs them.

use wgpu::{Device, Queue};

#[cfg(feature = "cpu-engine")]
use crate::cpu::CpuSampler;
use crate::diffusion::Plan;
use crate::gpu::{DiffusionSampler, SamplerError, SamplerOptions};
use crate::network::Model;

use super::backend::{Backend, Engine};
use super::error::SessionError;

/// A model and a plan as an engine runs them.
pub enum Ready {
    Gpu(Box<DiffusionSampler>),
    #[cfg(feature = "cpu-engine")]
    Cpu(Box<CpuSampler<'static>>),
}

/// What a session has on a GPU, for those who record into an encoder of their own.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct GpuParts<'a> {
    /// The device.
    pub device: &'a Device,
    /// Its queue.
    pub queue: &'a Queue,
    /// Pipelines, weights and tables.
    pub sampler: &'a DiffusionSampler,
}

impl Ready {
    /// Compiles kernels and uploads weights, or packs them.
    pub async fn new(
        backend: &Backend,
        model: &Model,
        plan: &Plan,
        options: &SamplerOptions,
    ) -> Result<Self, SessionError> {
        model.check_plan(plan)?;
        match &backend.engine {
            Engine::Gpu { device, .. } => {
                let options = backend.sampler_options(options);
                let sampler = DiffusionSampler::with_options_async(device, model, plan, &options);
                Ok(Self::Gpu(Box::new(sampler.await?)))
            }
            #[cfg(feature = "cpu-engine")]
            Engine::Cpu => Ok(Self::Cpu(Box::new(CpuSampler::new(model, plan)))),
            #[cfg(not(feature = "cpu-engine"))]
            Engine::Cpu => Err(SessionError::NoCpuEngine {
                reason: backend.reason(),
            }),
        }
    }

    /// The same model at another plan. On a GPU pipelines and weights are shared, unless the plan
    /// takes a kernel that was not compiled.
    pub async fn for_plan(
        &self,
        backend: &Backend,
        model: &Model,
        plan: &Plan,
        options: &SamplerOptions,
    ) -> Result<Self, SessionError> {
        if let Some(GpuParts {
            device, sampler, ..
        }) = self.gpu(backend)
        {
            match sampler.for_plan(device, model, plan).await {
                Ok(sampler) => return Ok(Self::Gpu(Box::new(sampler))),
                Err(
                    SamplerError::DynamicThreshold | SamplerError::History | SamplerError::Clips,
                ) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Self::new(backend, model, plan, options).await
    }

    /// What there is on a GPU.
    pub fn gpu<'a>(&'a self, backend: &'a Backend) -> Option<GpuParts<'a>> {
        match (self, &backend.engine) {
            (Self::Gpu(sampler), Engine::Gpu { device, queue }) => Some(GpuParts {
                device,
                queue,
                sampler,
            }),
            _ => None,
        }
    }
}
