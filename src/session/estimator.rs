//! A network asked for x̂₀.

use crate::batch::Batch;
use crate::gpu::Run;

use super::error::SessionError;
use super::ready::{GpuParts, Ready};

/// A session's network, ready to be asked for x̂₀ of samples like those of one batch.
pub struct Estimator<'a> {
    ready: &'a Ready,
    #[cfg(feature = "cpu-engine")]
    batch: Batch,
    /// On a GPU, what there is and the buffers.
    gpu: Option<(GpuParts<'a>, Box<Run>)>,
}

impl<'a> Estimator<'a> {
    pub(super) fn new(
        ready: &'a Ready,
        gpu: Option<GpuParts<'a>>,
        batch: &Batch,
        dims: usize,
    ) -> Result<Self, SessionError> {
        let prepare = |gpu: GpuParts<'a>| {
            let batch = batch.clone().initial(vec![0.0; batch.count * dims]);
            let run = gpu.sampler.prepare(gpu.device, gpu.queue, &batch)?;
            Ok::<_, SessionError>((gpu, Box::new(run)))
        };
        Ok(Self {
            ready,
            #[cfg(feature = "cpu-engine")]
            batch: batch.clone(),
            gpu: gpu.map(prepare).transpose()?,
        })
    }

    /// x̂₀ at stage `stage` of the plan for states `[count, D]`. Blocks.
    ///
    /// # Errors
    /// As [`Session::sample`](super::Session::sample).
    ///
    /// # Panics
    /// If the plan has no such stage, or the states are not those of the batch's samples.
    pub fn x0(&self, stage: usize, states: &[f32]) -> Result<Vec<f32>, SessionError> {
        match (self.ready, &self.gpu) {
            (Ready::Gpu(sampler), Some((gpu, run))) => {
                Ok(sampler.estimate_blocking(gpu.device, gpu.queue, run, stage, states)?)
            }
            #[cfg(feature = "cpu-engine")]
            (Ready::Cpu(sampler), _) => Ok(sampler.estimate(&self.batch, stage, states)?),
            (Ready::Gpu(_), None) => unreachable!("an estimator on a GPU has a run"),
        }
    }
}
