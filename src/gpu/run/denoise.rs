//! The network's estimates for given states.

use super::prepared::Run;
use crate::diffusion::Plan;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::link::Link;

impl Run {
    /// x̂₀ of row `row` for given states, `[count, D]`.
    ///
    /// # Panics
    /// If the plan has no such row, or the states are not those of the run's samples.
    pub(in crate::gpu) async fn estimate(
        &self,
        link: Link<'_>,
        plan: &Plan,
        row: usize,
        states: &[f32],
    ) -> Result<Vec<f32>, SamplerError> {
        assert!(row < plan.len(), "row {row} of {}", plan.len());
        assert_eq!(
            states.len(),
            self.count() * self.compiled().dims(),
            "a state for every sample"
        );
        if self.batch().initial.is_none() {
            return Err(SamplerError::NoData);
        }
        let _submitting = self.run_state().submitting()?;
        self.write_state(link.queue, row, states)?;
        self.submit_rows(link, plan, row..row + 1).await?;
        self.gather_x0(link).await
    }
}
