//! Runs of one plan after another, in memory that is kept.

use crate::batch::Batch;
use crate::progress::no_progress;

use super::error::EngineError;
use super::memory::RunMemory;
use super::sampler::CpuSampler;
use super::state::{SamplesMut, ring_len};
use super::told::Told;

/// Runs a plan again and again, for instance for a policy's actions, one at a time.
///
/// The memory of a run is kept for the next: a call for a batch that is one tile, which is all
/// batches of a few samples, allocates nothing once there was one like it, starts no thread and
/// computes on the calling one. Larger batches use the pool as [`CpuSampler::run`] does.
pub struct CpuRunner<'a> {
    sampler: &'a CpuSampler<'a>,
    memory: RunnerMemory,
}

/// The memory of runs of one sampler.
#[derive(Debug, Default)]
pub struct RunnerMemory {
    workers: RunMemory,
    x0: Vec<f32>,
    ring: Vec<f32>,
}

impl<'a> CpuRunner<'a> {
    /// Without any memory yet.
    pub fn new(sampler: &'a CpuSampler<'a>) -> Self {
        Self {
            sampler,
            memory: RunnerMemory::default(),
        }
    }

    /// Runs the whole plan and writes the samples, `[count, D]`, into `out`: the bits of
    /// [`CpuSampler::run`].
    ///
    /// # Errors
    /// As [`CpuSampler::run`], and [`EngineError::Samples`] where `out` is not of the batch's
    /// length.
    pub fn run_into(&mut self, batch: &Batch, out: &mut [f32]) -> Result<(), EngineError> {
        let told = Told::Pool(&no_progress);
        self.memory.run_into(self.sampler, batch, out, told)
    }
}

impl RunnerMemory {
    /// Runs the whole plan of the sampler whose memory this is.
    pub(crate) fn run_into(
        &mut self,
        sampler: &CpuSampler<'_>,
        batch: &Batch,
        out: &mut [f32],
        mut told: Told<'_>,
    ) -> Result<(), EngineError> {
        let program = &sampler.program;
        let dims = sampler.dims();
        batch.validate_for(&program.network.needs())?;
        let (found, expected) = (out.len(), batch.count * dims);
        if found != expected {
            return Err(EngineError::Samples { found, expected });
        }
        let ring = batch.count * ring_len(&program.plan, dims);
        for (kept, needed) in [(&mut self.x0, expected), (&mut self.ring, ring)] {
            kept.clear();
            let bytes = needed * size_of::<f32>();
            kept.try_reserve(needed)
                .map_err(|_| EngineError::OutOfMemory { bytes })?;
            kept.resize(needed, 0.0);
        }
        sampler.write_start(batch, out, &mut told)?;
        let samples = SamplesMut {
            data: out,
            x0: &mut self.x0,
            ring: &mut self.ring,
        };
        let rows = 0..program.plan.len();
        sampler.run_rows(batch, &rows, samples, &mut self.workers, told)
    }
}

impl std::fmt::Debug for CpuRunner<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CpuRunner").finish_non_exhaustive()
    }
}
