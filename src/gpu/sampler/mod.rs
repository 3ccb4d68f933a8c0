//! A network and a plan on a device, shared by any number of runs.

mod asking;
mod costing;
mod recording;
mod submitting;

use std::sync::Arc;

use wgpu::{Device, Queue};

use crate::batch::Batch;
use crate::diffusion::Plan;
use crate::gpu::device::error::SamplerError;
#[cfg(not(target_arch = "wasm32"))]
use crate::gpu::device::link::Link;
use crate::gpu::program::compiled::Compiled;
use crate::gpu::program::network::Network;
use crate::gpu::program::options::SamplerOptions;
use crate::gpu::run::prepared::{PrepareError, Run};
use crate::gpu::shader::kernel::Kernel;

/// A network and a plan on a device.
///
/// Made once, shared by any number of [`Run`]s. It holds pipelines, weights and the coefficient
/// table, and no state of a run. Only functions whose names begin with `submit`, `estimate` or
/// `invert` submit; of those only the `…_blocking` ones poll.
///
/// `new`, `with_options`, `prepare` and `prepare_fitting` have `…_async` twins, which await the
/// device's error scopes. Native backends resolve those at once, so that the plain forms do not
/// wait for the GPU; a browser has the twins alone.
#[derive(Debug)]
pub struct DiffusionSampler {
    compiled: Arc<Compiled>,
    plan: Plan,
}

impl DiffusionSampler {
    /// Compiles the kernels of a network and uploads its weights and the plan.
    ///
    /// # Errors
    /// [`SamplerError::HiddenTooWide`] and [`SamplerError::LimitExceeded`] name the limit of the
    /// device that a model does not fit, [`SamplerError::Refused`] carries the device's message,
    /// for a caller's WGSL the compiler's.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn new<'a>(
        device: &Device,
        network: impl Into<Network<'a>>,
        plan: &Plan,
    ) -> Result<Self, SamplerError> {
        Self::with_options(device, network, plan, &SamplerOptions::default())
    }

    /// As [`DiffusionSampler::new`], awaiting the device.
    ///
    /// # Errors
    /// As [`DiffusionSampler::new`].
    pub async fn new_async<'a>(
        device: &Device,
        network: impl Into<Network<'a>>,
        plan: &Plan,
    ) -> Result<Self, SamplerError> {
        Self::with_options_async(device, network, plan, &SamplerOptions::default()).await
    }

    /// As [`DiffusionSampler::new`], with choices of kernel, capacity and tiling.
    ///
    /// # Errors
    /// As [`DiffusionSampler::new`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn with_options<'a>(
        device: &Device,
        network: impl Into<Network<'a>>,
        plan: &Plan,
        options: &SamplerOptions,
    ) -> Result<Self, SamplerError> {
        pollster::block_on(Self::with_options_async(device, network, plan, options))
    }

    /// As [`DiffusionSampler::with_options`], awaiting the device.
    ///
    /// # Errors
    /// As [`DiffusionSampler::new`].
    pub async fn with_options_async<'a>(
        device: &Device,
        network: impl Into<Network<'a>>,
        plan: &Plan,
        options: &SamplerOptions,
    ) -> Result<Self, SamplerError> {
        let compiled = Compiled::new(device, network.into(), plan, options).await?;
        Ok(Self {
            compiled: Arc::new(compiled),
            plan: plan.clone(),
        })
    }

    /// The number of rows of the plan: the steps that [`DiffusionSampler::encode`] takes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a plan has at least one row")]
    pub fn len(&self) -> usize {
        self.plan.len()
    }

    /// The plan that runs follow.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Shape of one sample.
    #[must_use]
    pub fn sample_shape(&self) -> &[usize] {
        &self.compiled.samples().shape
    }

    /// The kernel that runs each step.
    #[must_use]
    pub fn kernel(&self) -> Kernel {
        self.compiled.kernel()
    }

    /// Most rows of the plan that one dispatch takes.
    #[must_use]
    pub fn rows_per_dispatch(&self) -> usize {
        self.compiled.recording().blocks()[0].rows()
    }

    /// Replaces the plan for all runs of this sampler: no new pipeline, buffer or bind group. Takes
    /// effect with the next submit.
    ///
    /// # Errors
    /// [`SamplerError::PlanTooLong`] if the plan has more rows than
    /// [`SamplerOptions::row_capacity`]; [`SamplerError::DynamicThreshold`] if it thresholds, the
    /// first plan did not, and [`SamplerOptions::dynamic_threshold`] was not set; likewise
    /// [`SamplerError::History`] if it looks back on more than the last x̂₀
    /// ([`SamplerOptions::history`]), and [`SamplerError::Clips`] if it clips more than x̂₀
    /// ([`SamplerOptions::clips`]). [`SamplerError::OutOfMemory`] if there is none for the copies: what
    /// rows the device has then is unknown, until a plan is set without an error. That the device is
    /// lost shows at the next submission.
    pub fn set_plan(&mut self, queue: &Queue, plan: &Plan) -> Result<(), SamplerError> {
        self.compiled.write_plan(queue, plan)?;
        self.plan = plan.clone();
        Ok(())
    }

    /// A sampler of the same network for another plan, of any length, with tables of its own. It
    /// shares pipelines and weights with this one; `network` is the one that this was made of.
    ///
    /// # Errors
    /// As [`DiffusionSampler::new`]; [`SamplerError::DynamicThreshold`] as
    /// [`DiffusionSampler::set_plan`].
    pub(crate) async fn for_plan<'a>(
        &self,
        device: &Device,
        network: impl Into<Network<'a>>,
        plan: &Plan,
    ) -> Result<Self, SamplerError> {
        let compiled = self.compiled.for_plan(device, network.into(), plan);
        Ok(Self {
            compiled: Arc::new(compiled.await?),
            plan: plan.clone(),
        })
    }

    /// Allocates and fills the buffers of a batch. A batch beyond the device's limits is split into
    /// shards.
    ///
    /// # Errors
    /// [`SamplerError::Batch`] if the network cannot take the batch, [`SamplerError::OutOfMemory`]
    /// if the device cannot hold it; nothing is allocated then for a batch that no device can hold.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn prepare(
        &self,
        device: &Device,
        queue: &Queue,
        batch: &Batch,
    ) -> Result<Run, SamplerError> {
        pollster::block_on(self.prepare_async(device, queue, batch))
    }

    /// As [`DiffusionSampler::prepare`], awaiting the device.
    ///
    /// # Errors
    /// As [`DiffusionSampler::prepare`].
    pub async fn prepare_async(
        &self,
        device: &Device,
        queue: &Queue,
        batch: &Batch,
    ) -> Result<Run, SamplerError> {
        let prepared = Run::new(&self.compiled, device, queue, batch).await;
        prepared.map_err(|failed| failed.error)
    }

    /// As [`DiffusionSampler::prepare`] of as many samples from the batch's beginning as the device
    /// has memory for: all, else half as many, and so on. [`Run::count`] is their number;
    /// [`Batch::part`] gives the rest. Samples do not depend on it.
    ///
    /// # Errors
    /// As [`DiffusionSampler::prepare`]; [`SamplerError::OutOfMemory`] if not even one sample fits.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn prepare_fitting(
        &self,
        device: &Device,
        queue: &Queue,
        batch: &Batch,
    ) -> Result<Run, SamplerError> {
        pollster::block_on(self.prepare_fitting_async(device, queue, batch))
    }

    /// As [`DiffusionSampler::prepare_fitting`], awaiting the device.
    ///
    /// # Errors
    /// As [`DiffusionSampler::prepare_fitting`].
    pub async fn prepare_fitting_async(
        &self,
        device: &Device,
        queue: &Queue,
        batch: &Batch,
    ) -> Result<Run, SamplerError> {
        let mut count = batch.count;
        loop {
            let prepared = if count == batch.count {
                Run::new(&self.compiled, device, queue, batch).await
            } else {
                Run::new(&self.compiled, device, queue, &batch.part(0..count)).await
            };
            match prepared {
                Ok(run) => return Ok(run),
                Err(PrepareError {
                    error: SamplerError::OutOfMemory { .. },
                    too_many,
                }) if count > 1 => {
                    count = count.div_ceil(2);
                    // A driver may clear all memory that it hands out, so what is sure to fail is
                    // not tried.
                    while count >= too_many && count > 1 {
                        count = count.div_ceil(2);
                    }
                }
                Err(failed) => return Err(failed.error),
            }
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn polling<'a>(&self, device: &'a Device, queue: &'a Queue) -> Link<'a> {
        Link::polling(device, queue, self.compiled.options().timeout)
    }

    fn check_own(&self, run: &Run) -> Result<(), SamplerError> {
        if run.belongs_to(&self.compiled) {
            Ok(())
        } else {
            Err(SamplerError::ForeignRun)
        }
    }

    /// As [`DiffusionSampler::check_own`], where there is no way to return an error.
    fn assert_own(&self, run: &Run) {
        assert!(
            run.belongs_to(&self.compiled),
            "{}",
            SamplerError::ForeignRun
        );
    }
}
