//! Why the engine does not run.

use std::ops::Range;

use crate::batch::BatchError;
use crate::diffusion::PlanError;

/// Why the engine did not run.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The batch does not fit the network.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// The plan is not of a kind that this can be done with.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// There is nothing to encode.
    #[error("the batch has no initial state: give it the data to encode")]
    NoData,
    /// Rows are asked for that the plan does not have.
    #[error("rows {} to {} are asked for: the plan has {available}", rows.start, rows.end)]
    Rows {
        /// The rows asked for.
        rows: Range<usize>,
        /// Rows in the plan.
        available: usize,
    },
    /// The samples are not those of the batch.
    #[error("the samples hold {found} values, but the batch has {expected}")]
    Samples {
        /// Values there are, of state or x̂₀.
        found: usize,
        /// Values there should be.
        expected: usize,
    },
    /// There is no memory for the samples.
    #[error(
        "no memory for {bytes} bytes of samples: make them in several batches, with sample_offset"
    )]
    OutOfMemory {
        /// Bytes asked for at once.
        bytes: usize,
    },
    /// The progress callback asked to stop.
    #[error("stopped before the end")]
    Cancelled,
}
