//! How far a run is.

use std::ops::ControlFlow;

/// How far a run is, in samples times stages of its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Samples times stages done.
    pub done: u64,
    /// Samples times stages in all, at least 1.
    pub total: u64,
}

impl Progress {
    /// `done` of `total`.
    #[must_use]
    pub const fn new(done: u64, total: u64) -> Self {
        Self { done, total }
    }

    /// The share that is done, from 0 to 1.
    #[must_use]
    pub fn fraction(self) -> f64 {
        self.done as f64 / self.total.max(1) as f64
    }
}

/// A progress callback that neither shows anything nor stops the run.
pub fn no_progress(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}
