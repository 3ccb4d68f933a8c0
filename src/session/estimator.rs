//! A network asked for x̂₀.

use crate::batch::Batch;
use crate::gpu::{Link, Run};

use super::error::SessionError;
use super::ready::Ready;

/// A session's network, ready to be asked for x̂₀ of samples like those of one batch.
pub struct Estimator<'a> {
    ready: &'a Ready,
    #[cfg(feature = "cpu-engine")]
    batch: Batch,
    /// On a GPU, what waits for it and the buffers.
    gpu: Option<(Link<'a>, Box<Run>)>,
}

impl<'a> Estimator<'a> {
    pub(super) async fn new(
        ready: &'a Ready,
        link: Option<Link<'a>>,
        batch: &Batch,
        dims: usize,
    ) -> Result<Self, SessionError> {
        let gpu = match (ready, link) {
            (Ready::Gpu(sampler), Some(link)) => {
                let states = batch.clone().initial(vec![0.0; batch.count * dims]);
                let run = sampler.prepare_async(link.device, link.queue, &states);
                Some((link, Box::new(run.await?)))
            }
            _ => None,
        };
        Ok(Self {
            ready,
            #[cfg(feature = "cpu-engine")]
            batch: batch.clone(),
            gpu,
        })
    }

    /// x̂₀ at stage `stage` of the plan for states `[count, D]`. Blocks.
    ///
    /// # Errors
    /// As [`Session::sample`](super::Session::sample).
    ///
    /// # Panics
    /// If the plan has no such stage, or the states are not those of the batch's samples.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn x0(&self, stage: usize, states: &[f32]) -> Result<Vec<f32>, SessionError> {
        pollster::block_on(self.x0_async(stage, states))
    }

    /// As [`Estimator::x0`], awaiting the device.
    ///
    /// # Errors
    /// As [`Estimator::x0`].
    ///
    /// # Panics
    /// As [`Estimator::x0`].
    pub async fn x0_async(&self, stage: usize, states: &[f32]) -> Result<Vec<f32>, SessionError> {
        match (self.ready, &self.gpu) {
            (Ready::Gpu(sampler), Some((link, run))) => {
                Ok(sampler.estimate_by(*link, run, stage, states).await?)
            }
            #[cfg(feature = "cpu-engine")]
            (Ready::Cpu(sampler), _) => Ok(sampler.estimate(&self.batch, stage, states)?),
            (Ready::Gpu(_), None) => unreachable!("an estimator on a GPU has a run"),
        }
    }
}
