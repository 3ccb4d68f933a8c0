//! What a sample carries from row to row beside its state.

/// What a sample carries from row to row beside its state.
#[derive(Debug)]
pub struct StepMemory<'a> {
    /// x̂₀ of the row before, `[D]`.
    pub x0: &'a mut [f32],
    /// Earlier estimates, `[SLOTS, D]` with
    /// [`SLOTS`](crate::diffusion::StageCoefficients::SLOTS); empty where the plan has no
    /// [ring](crate::diffusion::History::Ring).
    pub ring: &'a mut [f32],
}

impl<'a> From<&'a mut [f32]> for StepMemory<'a> {
    /// Without a ring.
    fn from(x0: &'a mut [f32]) -> Self {
        Self { x0, ring: &mut [] }
    }
}

impl<'a> From<&'a mut Vec<f32>> for StepMemory<'a> {
    /// Without a ring.
    fn from(x0: &'a mut Vec<f32>) -> Self {
        x0.as_mut_slice().into()
    }
}
