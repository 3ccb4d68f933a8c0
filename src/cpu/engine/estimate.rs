//! What the network says of given states, on the CPU.

use crate::batch::Batch;

use super::error::EngineError;
use super::sampler::CpuSampler;
use super::state::{EngineState, ring_len};
use crate::progress::no_progress;

impl CpuSampler<'_> {
    /// x̂₀ of row `row` for given states, `[count, D]`: what the network takes the data to be,
    /// clipped if the plan says so. Of the batch only the count, the classes and the guidance
    /// matter.
    ///
    /// # Errors
    /// As [`CpuSampler::advance`].
    pub fn estimate(
        &self,
        batch: &Batch,
        row: usize,
        states: &[f32],
    ) -> Result<Vec<f32>, EngineError> {
        let mut samples = EngineState {
            data: states.to_vec(),
            x0: vec![0.0; states.len()],
            ring: vec![0.0; batch.count * ring_len(&self.program.plan, self.dims())],
        };
        let available = self.program.plan.len();
        let rows = row..row.saturating_add(1);
        if rows.end > available {
            return Err(EngineError::Rows { rows, available });
        }
        self.advance(batch, rows, &mut samples, no_progress)?;
        Ok(samples.x0)
    }
}
