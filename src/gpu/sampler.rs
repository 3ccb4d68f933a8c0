//! A network and a plan on a device, shared by any number of runs.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use wgpu::{CommandEncoder, Device, Queue};

use crate::batch::{Batch, BatchError};
use crate::diffusion::Plan;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::link::Link;
use crate::gpu::program::compiled::Compiled;
use crate::gpu::program::network::Network;
use crate::gpu::program::options::SamplerOptions;
use crate::gpu::run::prepared::{PrepareError, Run};
use crate::gpu::run::record::Stamps;
use crate::gpu::run::shard::RunShard;
use crate::gpu::shader::kernel::Kernel;
use crate::inversion::{FixedPoint, Inversion};

/// A network and a plan on a device.
///
/// Made once, shared by any number of [`Run`]s. It holds pipelines, weights and the coefficient
/// table, and no state of a run. Only functions whose names begin with `submit`, `estimate` or
/// `invert` submit; of those only the `…_blocking` ones poll.
///
/// `new`, `with_options`, `prepare` and `prepare_fitting` have `…_async` twins, which await the
/// device's error scopes. Native backends resolve those at once, so that the plain forms do not wait
/// for the GPU; a browser has the twins alone.
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
    /// device that a model does not fit, [`SamplerError::Refused`] carries the device's message, for
    /// a caller's WGSL the compiler's.
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

    /// Replaces the plan for all runs of this sampler: no new pipeline, buffer or bind group. Takes
    /// effect with the next submit.
    ///
    /// # Errors
    /// [`SamplerError::PlanTooLong`] if the plan has more rows than
    /// [`SamplerOptions::row_capacity`]; [`SamplerError::DynamicThreshold`] if it thresholds, the
    /// first plan did not, and [`SamplerOptions::dynamic_threshold`] was not set.
    pub fn set_plan(&mut self, queue: &Queue, plan: &Plan) -> Result<(), SamplerError> {
        self.compiled.write_plan(queue, plan)?;
        self.plan = plan.clone();
        Ok(())
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

    /// Records steps of a run: any range of rows, so that an app can spread them over frames. Row 0
    /// starts the run anew; a run that failed before is sound again once that has run.
    ///
    /// Records only: nothing is allocated on the device, uploaded, submitted or awaited.
    ///
    /// # Panics
    /// If another sampler prepared the run, whose buffers are bound to that one's tables; if `rows`
    /// reaches past [`DiffusionSampler::len`]; or if the network is external: see
    /// [`DiffusionSampler::encode_external`].
    pub fn encode(&self, encoder: &mut CommandEncoder, run: &Run, rows: Range<usize>) {
        self.encode_stamped(encoder, run, rows, None);
    }

    /// As [`DiffusionSampler::encode`], with timestamps.
    pub(in crate::gpu) fn encode_stamped(
        &self,
        encoder: &mut CommandEncoder,
        run: &Run,
        rows: Range<usize>,
        stamps: Option<Stamps<'_>>,
    ) {
        self.assert_own(run);
        run.recover(encoder, &rows);
        run.record(encoder, &self.plan, rows, stamps);
    }

    /// As [`DiffusionSampler::encode`] for an external network: before each row, `network` records
    /// the dispatches that read the shard's [`state`](RunShard::state) and write its
    /// [`out`](RunShard::out).
    ///
    /// # Panics
    /// If another sampler prepared the run, if `rows` reaches past [`DiffusionSampler::len`], or if
    /// the network is not external.
    pub fn encode_external(
        &self,
        encoder: &mut CommandEncoder,
        run: &Run,
        rows: Range<usize>,
        network: impl FnMut(&mut CommandEncoder, &RunShard, usize),
    ) {
        self.assert_own(run);
        run.recover(encoder, &rows);
        run.record_external(encoder, &self.plan, rows, network);
    }

    /// Records what dynamic thresholding adds to a row, without the row: to verify the kernel by
    /// itself.
    ///
    /// # Panics
    /// If the sampler was made without dynamic thresholding.
    pub(crate) fn encode_threshold(&self, encoder: &mut CommandEncoder, run: &Run, row: usize) {
        self.assert_own(run);
        run.record_threshold(encoder, row);
    }

    /// Submits rows of a run and awaits them, some at a time: some rows of all samples, or some
    /// samples of a row, so that no submission takes much longer than
    /// [`SamplerOptions::submission_target`]. `progress` is told how many rows of the plan are done,
    /// and may stop the run. A range that starts at row 0 starts the run anew, also an empty one.
    /// Returns whether all of `rows` ran.
    ///
    /// For use outside a frame loop. On native platforms the host polls the device meanwhile; where
    /// nobody does, use [`DiffusionSampler::submit_blocking`]. A future that is dropped before it
    /// completes leaves the run poisoned.
    ///
    /// # Errors
    /// [`SamplerError::ForeignRun`] if another sampler prepared the run; [`SamplerError::Busy`] if
    /// another call is submitting it; [`SamplerError::DeviceLost`], after which the run is poisoned:
    /// until it is started again from row 0 it gives [`SamplerError::Poisoned`].
    ///
    /// # Panics
    /// If the network is external, or `rows` reaches past [`DiffusionSampler::len`].
    pub async fn submit(
        &self,
        device: &Device,
        queue: &Queue,
        run: &Run,
        rows: Range<usize>,
        progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<bool, SamplerError> {
        let link = Link::new(device, queue);
        self.submit_by(link, run, rows, progress).await
    }

    /// As [`DiffusionSampler::submit`], waiting as `link` does.
    pub(crate) async fn submit_by(
        &self,
        link: Link<'_>,
        run: &Run,
        rows: Range<usize>,
        progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<bool, SamplerError> {
        self.check_own(run)?;
        run.submit(link, &self.plan, rows, progress).await
    }

    /// As [`DiffusionSampler::submit`], but polls the device itself and blocks the calling thread.
    ///
    /// # Errors
    /// As [`DiffusionSampler::submit`], and [`SamplerError::Timeout`] after
    /// [`SamplerOptions::timeout`], which poisons the run too.
    ///
    /// # Panics
    /// As [`DiffusionSampler::submit`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn submit_blocking(
        &self,
        device: &Device,
        queue: &Queue,
        run: &Run,
        rows: Range<usize>,
        progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<bool, SamplerError> {
        let link = self.polling(device, queue);
        pollster::block_on(self.submit_by(link, run, rows, progress))
    }

    /// x̂₀ of row `row` for given states, `[count, D]`: the network's estimate of the data, clipped
    /// if the plan says so. The run is one that was prepared with an initial state; its classes and
    /// guidance apply, its states are overwritten.
    ///
    /// Submits and awaits; for use outside a frame loop.
    ///
    /// # Errors
    /// [`SamplerError::NoData`] if the run has no initial state, and as
    /// [`DiffusionSampler::submit`] and [`Run::read`].
    ///
    /// # Panics
    /// If the network is external, the plan has no such row, or the states are not those of the
    /// run's samples.
    pub async fn estimate(
        &self,
        device: &Device,
        queue: &Queue,
        run: &Run,
        row: usize,
        states: &[f32],
    ) -> Result<Vec<f32>, SamplerError> {
        let link = Link::new(device, queue);
        self.estimate_by(link, run, row, states).await
    }

    /// As [`DiffusionSampler::estimate`], waiting as `link` does.
    pub(crate) async fn estimate_by(
        &self,
        link: Link<'_>,
        run: &Run,
        row: usize,
        states: &[f32],
    ) -> Result<Vec<f32>, SamplerError> {
        self.check_own(run)?;
        run.estimate(link, &self.plan, row, states).await
    }

    /// As [`DiffusionSampler::estimate`], but polls the device itself and blocks the calling thread.
    ///
    /// # Errors
    /// As [`DiffusionSampler::estimate`], and as [`Run::read_blocking`].
    ///
    /// # Panics
    /// As [`DiffusionSampler::estimate`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn estimate_blocking(
        &self,
        device: &Device,
        queue: &Queue,
        run: &Run,
        row: usize,
        states: &[f32],
    ) -> Result<Vec<f32>, SamplerError> {
        let link = self.polling(device, queue);
        pollster::block_on(self.estimate_by(link, run, row, states))
    }

    /// Encodes the batch's initial state, `[count, D]`, which is data here, by inverting the rows of
    /// the plan one by one, so that decoding the result gives the data back. `progress` is told how
    /// many rows are done, and may stop the run; `None` is returned then.
    ///
    /// The correction of a state depends on the row's result at it, so each evaluation goes to the
    /// device and back, and all samples are evaluated until the last has converged. For use outside
    /// a frame loop.
    ///
    /// # Errors
    /// [`SamplerError::Plan`] if the rows cannot be inverted, [`SamplerError::NoData`] if the batch
    /// has no initial state, and as [`DiffusionSampler::prepare`] and [`Run::read`].
    ///
    /// # Panics
    /// If the network is external.
    pub async fn invert(
        &self,
        device: &Device,
        queue: &Queue,
        batch: &Batch,
        settings: &FixedPoint,
        progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Option<Inversion>, SamplerError> {
        self.invert_by(Link::new(device, queue), batch, settings, progress)
            .await
    }

    /// As [`DiffusionSampler::invert`], but polls the device itself and blocks the calling thread.
    ///
    /// # Errors
    /// As [`DiffusionSampler::invert`] and [`Run::read_blocking`].
    ///
    /// # Panics
    /// As [`DiffusionSampler::invert`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn invert_blocking(
        &self,
        device: &Device,
        queue: &Queue,
        batch: &Batch,
        settings: &FixedPoint,
        progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Option<Inversion>, SamplerError> {
        let link = self.polling(device, queue);
        pollster::block_on(self.invert_by(link, batch, settings, progress))
    }

    /// As [`DiffusionSampler::invert`], waiting as `link` does.
    pub(crate) async fn invert_by(
        &self,
        link: Link<'_>,
        batch: &Batch,
        settings: &FixedPoint,
        progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Option<Inversion>, SamplerError> {
        self.plan.check_invertible()?;
        if batch.inpaint.is_some() {
            return Err(BatchError::InpaintWhileEncoding.into());
        }
        if batch.initial.is_none() {
            return Err(SamplerError::NoData);
        }
        let run = self.prepare_async(link.device, link.queue, batch).await?;
        run.invert(link, &self.plan, settings, progress).await
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
