//! Fixed-point encoding on a GPU: the rows of decoding, evaluated at states that the host corrects.

use std::ops::ControlFlow;

use wgpu::{Device, Queue};

use crate::batch::{Batch, BatchError};
use crate::diffusion::Plan;
use crate::gpu::device::error::SamplerError;
use crate::gpu::sampler::DiffusionSampler;
use crate::inversion::{FixedPoint, Inversion, invert};

/// Why an inversion ended early.
enum Stop {
    Failed(SamplerError),
    Asked,
}

impl From<SamplerError> for Stop {
    fn from(error: SamplerError) -> Self {
        Self::Failed(error)
    }
}

impl DiffusionSampler {
    /// Encodes the batch's initial state, `[count, D]`, which is data here, by inverting the rows of `plan`, the sampler's plan, one by
    /// one, so that decoding the result gives the data back. `progress` hears how many rows are done, and may stop the run; none
    /// is returned then.
    ///
    /// The correction of a state depends on the row's result at it, so each evaluation goes to the device and back, and all samples
    /// are evaluated until the last has converged. It submits and polls; for use outside a host's frame loop.
    ///
    /// # Errors
    /// [`SamplerError::Plan`] if the rows cannot be inverted, [`SamplerError::NoData`] if the batch has no initial state, and as
    /// [`DiffusionSampler::prepare`] and [`Run::read_blocking`](super::run::Run::read_blocking).
    ///
    /// # Panics
    /// If the network is external, or `plan` has not as many rows as the sampler.
    pub fn invert_blocking(
        &self,
        device: &Device,
        queue: &Queue,
        plan: &Plan,
        batch: &Batch,
        settings: &FixedPoint,
        mut progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Option<Inversion>, SamplerError> {
        plan.check_invertible()?;
        assert_eq!(plan.len(), self.len(), "the plan is the sampler's");
        if batch.inpaint.is_some() {
            return Err(BatchError::InpaintWhileEncoding.into());
        }
        let data = batch.initial.as_ref().ok_or(SamplerError::NoData)?;
        let run = self.prepare(device, queue, batch)?;
        let dims = run.dims;
        // Samples that are done keep their last state, whose result nobody reads.
        let mut all = data.clone();
        let evaluate = |row: usize, samples: &[usize], states: &mut [f32]| {
            if progress(plan.len() - 1 - row).is_break() {
                return Err(Stop::Asked);
            }
            for (&sample, state) in samples.iter().zip(states.chunks_exact(dims)) {
                all[sample * dims..][..dims].copy_from_slice(state);
            }
            run.write_state(queue, row, &all);
            self.submit(device, queue, &run, row..row + 1)?;
            let results = run.read_blocking(device, queue)?;
            for (&sample, state) in samples.iter().zip(states.chunks_exact_mut(dims)) {
                state.copy_from_slice(&results[sample * dims..][..dims]);
            }
            Ok(())
        };
        match invert(plan, data, dims, settings, evaluate) {
            Ok(inversion) => Ok(Some(inversion)),
            Err(Stop::Asked) => Ok(None),
            Err(Stop::Failed(error)) => Err(error),
        }
    }
}
