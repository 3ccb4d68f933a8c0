//! The vectors that samples are conditioned on.

use std::sync::Arc;

/// A vector for every sample, or for every group of samples, of all batches of a run.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Condition {
    /// The model's name for it.
    pub name: String,
    /// `[M, width]`: row `i / samples_per_condition` is that of the sample
    /// with the global index `i`.
    pub values: Arc<[f32]>,
}
