//! What a run has made so far.

use crate::diffusion::{History, Plan, StageCoefficients};

/// The samples of a batch, between any two rows of a plan.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EngineState {
    /// The state, `[count, D]`: x_T at first, the finished samples after the last row.
    pub data: Vec<f32>,
    /// x̂₀ of the row last run, `[count, D]`; zeros before the first.
    pub x0: Vec<f32>,
    /// Earlier estimates, `[count, SLOTS, D]`, where the plan has a
    /// [ring](crate::diffusion::History::Ring) of them; else empty.
    pub ring: Vec<f32>,
}

/// The numbers of a state, which somebody else keeps.
pub struct SamplesMut<'a> {
    /// `[count, D]`.
    pub data: &'a mut [f32],
    /// `[count, D]`.
    pub x0: &'a mut [f32],
    /// `[count, SLOTS, D]` or empty.
    pub ring: &'a mut [f32],
}

impl EngineState {
    pub(super) fn samples_mut(&mut self) -> SamplesMut<'_> {
        SamplesMut {
            data: &mut self.data,
            x0: &mut self.x0,
            ring: &mut self.ring,
        }
    }
}

/// Numbers of each sample's ring, for samples of `dims` values.
pub fn ring_len(plan: &Plan, dims: usize) -> usize {
    match plan.history() {
        History::Ring(_) => StageCoefficients::SLOTS * dims,
        History::None | History::LastX0 => 0,
    }
}
