//! Recording a run's stages into an encoder of the caller's.

use std::ops::Range;

use wgpu::CommandEncoder;

use super::DiffusionSampler;
use crate::gpu::run::prepared::Run;
use crate::gpu::run::record::Stamps;
use crate::gpu::run::shard::RunShard;

impl DiffusionSampler {
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
}
