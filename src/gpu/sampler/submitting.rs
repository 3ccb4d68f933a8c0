//! Submitting a run's stages, for those without a frame loop.

use std::ops::{ControlFlow, Range};

use wgpu::{Device, Queue};

use super::DiffusionSampler;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::link::Link;
#[cfg(doc)]
use crate::gpu::program::options::SamplerOptions;
use crate::gpu::run::prepared::Run;

impl DiffusionSampler {
    /// Submits rows of a run and awaits them, some at a time: some rows of all samples, or some
    /// samples of a row, so that no submission takes much longer than
    /// [`SamplerOptions::submission_target`]. `progress` is told how many rows of the plan are
    /// done, also between some samples of a row and others, and may stop the run, which is poisoned
    /// where a row is half done. A range that starts at row 0 starts the run anew, also an empty
    /// one. Returns whether all of `rows` ran.
    ///
    /// For use outside a frame loop. On native platforms the host polls the device meanwhile; where
    /// nobody does, use [`DiffusionSampler::submit_blocking`]. A future that is dropped before it
    /// completes leaves the run poisoned.
    ///
    /// # Errors
    /// [`SamplerError::ForeignRun`] if another sampler prepared the run; [`SamplerError::Busy`] if
    /// another call is submitting it; [`SamplerError::DeviceLost`], after which the run is
    /// poisoned: until it is started again from row 0 it gives [`SamplerError::Poisoned`].
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
}
