//! Fixed-point encoding on a GPU: the rows of decoding, evaluated at states that the host corrects.

use std::ops::ControlFlow;

use super::prepared::Run;
use super::submit::Pacing;
use crate::diffusion::Plan;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::link::Link;
use crate::inversion::{FixedPoint, Inversion, Inverter};

impl Run {
    /// Inverts the rows of the plan from the run's initial state, which is data here. `progress` is
    /// told how many rows are done, also between the samples of an evaluation, and may stop it;
    /// `None` is returned then.
    pub(in crate::gpu) async fn invert(
        &self,
        link: Link<'_>,
        plan: &Plan,
        settings: &FixedPoint,
        mut progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Option<Inversion>, SamplerError> {
        let data = self.batch().initial.as_ref();
        let data = data.ok_or(SamplerError::NoData)?;
        let _submitting = self.run_state().submitting()?;
        let dims = self.compiled().dims();
        // Samples that are done keep their last state, whose result nobody reads.
        let mut states = data.clone();
        let mut pacing = Pacing::new(self);
        let mut inverter = Inverter::new(plan, data, dims, settings);
        while let Some(trial) = inverter.next_trial() {
            if progress(plan.len() - 1 - trial.row).is_break() {
                return Ok(None);
            }
            let tried = trial.samples.iter().zip(trial.states.chunks_exact(dims));
            for (&sample, state) in tried {
                states[sample * dims..][..dims].copy_from_slice(state);
            }
            self.write_state(link.queue, trial.row, &states)?;
            let row = trial.row..trial.row + 1;
            let between = || progress(plan.len() - 1 - trial.row);
            let done = pacing.submit(self, link, plan, row, between).await?;
            if done.is_none() {
                return Ok(None);
            }
            let all = self.gather_state(link).await?;
            let of_sample = |&sample: &usize| &all[sample * dims..][..dims];
            let results: Vec<f32> = trial.samples.iter().flat_map(of_sample).copied().collect();
            inverter.learn(&trial, &results);
        }
        Ok(Some(inverter.finish()))
    }
}
