//! A network asked for x̂₀.

use crate::batch::Batch;
use crate::gpu::Run;

use super::error::SessionError;
use super::session::{Ready, Session};

/// A session's network, ready to be asked for x̂₀ of samples like those of one batch.
#[derive(Debug)]
pub struct Estimator<'a> {
    session: &'a Session,
    batch: Batch,
    /// On a GPU, the buffers.
    run: Option<Box<Run>>,
}

impl<'a> Estimator<'a> {
    pub(super) fn new(
        session: &'a Session,
        batch: &Batch,
        dims: usize,
    ) -> Result<Self, SessionError> {
        let run = match session.gpu() {
            Some(gpu) => {
                let batch = batch.clone().initial(vec![0.0; batch.count * dims]);
                let run = gpu.sampler.prepare(gpu.device, gpu.queue, &batch)?;
                Some(Box::new(run))
            }
            None => None,
        };
        Ok(Self {
            session,
            batch: batch.clone(),
            run,
        })
    }

    /// x̂₀ at stage `stage` of the plan for states `[count, D]`. Blocks.
    ///
    /// # Errors
    /// As [`Session::sample`].
    ///
    /// # Panics
    /// If the plan has no such stage, or the states are not those of the batch's samples.
    pub fn x0(&self, stage: usize, states: &[f32]) -> Result<Vec<f32>, SessionError> {
        match (&self.session.ready, self.session.gpu(), &self.run) {
            (Ready::Gpu(sampler), Some(gpu), Some(run)) => {
                Ok(sampler.estimate_blocking(gpu.device, gpu.queue, run, stage, states)?)
            }
            #[cfg(feature = "cpu-engine")]
            (Ready::Cpu(sampler), _, _) => Ok(sampler.estimate(&self.batch, stage, states)?),
            _ => unreachable!("an estimator on a GPU has a run"),
        }
    }
}
