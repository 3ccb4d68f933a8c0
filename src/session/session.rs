//! A model and a plan made ready on a backend.

use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::diffusion::Plan;
use crate::gpu::{SamplerError, SamplerOptions};
use crate::network::Model;

use super::backend::{Backend, Engine};
use super::error::SessionError;
use super::ready::{GpuParts, Ready};

/// Bytes of samples in one part of a stream, unless set: large enough to keep every device busy,
/// small beside any memory.
pub(super) const PART_BYTES: usize = 16 << 20;

/// Choices that do not change what is sampled, only how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionOptions {
    /// Choices for GPUs. The timeout is the backend's.
    pub gpu: SamplerOptions,
    /// Most samples in one part of a stream; none: 16 MiB of them, on a software driver 4 MiB.
    pub part_samples: Option<NonZeroUsize>,
}

impl SessionOptions {
    /// Sets the choices for GPUs.
    #[must_use]
    pub fn gpu(self, gpu: SamplerOptions) -> Self {
        Self { gpu, ..self }
    }

    /// Sets the most samples in one part of a stream.
    #[must_use]
    pub fn part_samples(self, samples: NonZeroUsize) -> Self {
        Self {
            part_samples: Some(samples),
            ..self
        }
    }
}

/// A model and a plan made ready on a backend: kernels compiled, weights uploaded or packed.
///
/// Holds no state of a run, so one session serves any number of batches, one after another or from
/// several threads.
pub struct Session {
    backend: Backend,
    model: Arc<Model>,
    plan: Plan,
    options: SessionOptions,
    ready: Ready,
}

impl Session {
    /// Makes a model and a plan ready on a backend. Blocks while kernels compile.
    ///
    /// # Errors
    /// [`SessionError::Gpu`] if the device cannot take the model, [`SessionError::Plan`] if the
    /// network cannot be told a level of the plan.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn new(backend: &Backend, model: &Model, plan: &Plan) -> Result<Self, SessionError> {
        Self::with_options(backend, model, plan, &SessionOptions::default())
    }

    /// As [`Session::new`], with options.
    ///
    /// # Errors
    /// As [`Session::new`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn with_options(
        backend: &Backend,
        model: &Model,
        plan: &Plan,
        options: &SessionOptions,
    ) -> Result<Self, SessionError> {
        pollster::block_on(Self::new_async(backend, model, plan, options))
    }

    /// As [`Session::with_options`], awaiting the device.
    ///
    /// # Errors
    /// As [`Session::new`].
    pub async fn new_async(
        backend: &Backend,
        model: &Model,
        plan: &Plan,
        options: &SessionOptions,
    ) -> Result<Self, SessionError> {
        Ok(Self {
            ready: Ready::new(backend, model, plan, &options.gpu).await?,
            backend: backend.clone(),
            model: Arc::new(model.clone()),
            plan: plan.clone(),
            options: options.clone(),
        })
    }

    /// A session of the same model for another plan, on the same backend. On a GPU the two share
    /// pipelines and weights: no kernel is compiled, unless the plan thresholds dynamically, looks
    /// back further than the last x̂₀ or clips more than x̂₀, and this session's does not
    /// ([`SamplerOptions::dynamic_threshold`], [`history`](SamplerOptions::history),
    /// [`clips`](SamplerOptions::clips)).
    ///
    /// # Errors
    /// As [`Session::new`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn with_plan(&self, plan: &Plan) -> Result<Self, SessionError> {
        pollster::block_on(self.with_plan_async(plan))
    }

    /// As [`Session::with_plan`], awaiting the device.
    ///
    /// # Errors
    /// As [`Session::new`].
    pub async fn with_plan_async(&self, plan: &Plan) -> Result<Self, SessionError> {
        Ok(Self {
            ready: self.ready_for(plan).await?,
            backend: self.backend.clone(),
            model: self.model.clone(),
            plan: plan.clone(),
            options: self.options.clone(),
        })
    }

    /// Replaces the plan. On a GPU no kernel is compiled again, unless the plan thresholds
    /// dynamically, looks back further than the last x̂₀ or clips more than x̂₀, and none before did.
    ///
    /// # Errors
    /// As [`Session::new`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn set_plan(&mut self, plan: &Plan) -> Result<(), SessionError> {
        pollster::block_on(self.set_plan_async(plan))
    }

    /// As [`Session::set_plan`], awaiting the device.
    ///
    /// # Errors
    /// As [`Session::new`].
    pub async fn set_plan_async(&mut self, plan: &Plan) -> Result<(), SessionError> {
        self.model.check_plan(plan)?;
        let replaced = match (&mut self.ready, &self.backend.engine) {
            (Ready::Gpu(sampler), Engine::Gpu { queue, .. }) => {
                match sampler.set_plan(queue, plan) {
                    Ok(()) => true,
                    Err(
                        SamplerError::PlanTooLong { .. }
                        | SamplerError::DynamicThreshold
                        | SamplerError::History
                        | SamplerError::Clips,
                    ) => false,
                    Err(error) => return Err(error.into()),
                }
            }
            _ => false,
        };
        if !replaced {
            self.ready = self.ready_for(plan).await?;
        }
        self.plan = plan.clone();
        Ok(())
    }

    async fn ready_for(&self, plan: &Plan) -> Result<Ready, SessionError> {
        let ready = self
            .ready
            .for_plan(&self.backend, &self.model, plan, &self.options.gpu);
        ready.await
    }

    /// What computes.
    #[must_use]
    pub fn backend(&self) -> &Backend {
        &self.backend
    }

    /// The class of devices and forms of the step whose samples have the same bits as this session's
    /// ([`Backend::device_class_with`]).
    #[must_use]
    pub fn device_class(&self) -> String {
        self.backend.device_class_with(&self.options)
    }

    pub(super) fn ready(&self) -> &Ready {
        &self.ready
    }

    pub(super) fn model(&self) -> &Model {
        &self.model
    }

    /// Most samples in one part of a stream.
    pub(super) fn part_samples(&self) -> usize {
        match self.options.part_samples {
            Some(samples) => samples.get(),
            // A driver that computes on the CPU has its buffers in the host's memory too.
            None if self.backend.is_software() => samples_of(PART_BYTES / 4, self.model.dims()),
            None => samples_of(PART_BYTES, self.model.dims()),
        }
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// `[d]` or `[channels, height, width]`.
    #[must_use]
    pub fn sample_shape(&self) -> &[usize] {
        self.model.sample_shape()
    }

    /// What there is on a GPU; none on the CPU engine.
    #[must_use]
    pub fn gpu(&self) -> Option<GpuParts<'_>> {
        self.ready.gpu(&self.backend)
    }

    /// The sampler of the CPU engine, for those who cut a run into pieces of their own with
    /// [`advance`](crate::cpu::CpuSampler::advance), as a page without threads does; none on a GPU.
    #[cfg(feature = "cpu-engine")]
    #[must_use]
    pub fn cpu(&self) -> Option<&crate::cpu::CpuSampler<'static>> {
        match &self.ready {
            Ready::Cpu(sampler) => Some(sampler),
            Ready::Gpu(_) => None,
        }
    }
}

fn samples_of(bytes: usize, dims: usize) -> usize {
    (bytes / (4 * dims)).max(1)
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("backend", &self.backend)
            .field("model", &self.model.name())
            .field("process", &self.plan.process())
            .finish_non_exhaustive()
    }
}
