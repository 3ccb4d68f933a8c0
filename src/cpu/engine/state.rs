//! What a run has made so far.

/// The samples of a batch, between any two rows of a plan.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EngineState {
    /// The state, `[count, D]`: x_T at first, the finished samples after the last row.
    pub data: Vec<f32>,
    /// x̂₀ of the row last run, `[count, D]`; zeros before the first.
    pub x0: Vec<f32>,
}
