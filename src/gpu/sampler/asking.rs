//! Asking a network for x̂₀ of given states, and for the states that a plan brings to given data.

use std::ops::ControlFlow;

use wgpu::{Device, Queue};

use super::DiffusionSampler;
use crate::batch::{Batch, BatchError};
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::link::Link;
use crate::gpu::run::prepared::Run;
use crate::inversion::{FixedPoint, Inversion};

impl DiffusionSampler {
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

    /// As [`DiffusionSampler::estimate`], but polls the device itself and
    /// blocks the calling thread.
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

    /// Encodes the batch's initial state, `[count, D]`, which is data here, by inverting the rows
    /// of the plan one by one, so that decoding the result gives the data back. `progress` is told
    /// how many rows are done, and may stop the run; `None` is returned then.
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
}
