//! The vectors that samples are conditioned on.

use std::sync::Arc;

/// A vector for every sample, or for every group of samples, of all batches of a run.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Condition {
    /// The model's name for it.
    pub name: String,
    /// The row that `values` begins with, where they are only those of a part of the samples.
    pub first_row: u64,
    /// `[M, width]`: the sample with the global index `i` has row `i / samples_per_condition`, of
    /// which this is the row less `first_row`.
    pub values: Arc<[f32]>,
}
