//! Where samples come from that are not all in memory.

use std::ops::Range;

use crate::batch::Batch;

use super::error::SinkError;

/// Gives the samples of a run range by range, so that what they start from and are conditioned on
/// need not be in memory at once.
pub trait Source {
    /// Samples in all.
    fn count(&self) -> usize;

    /// Samples `range` as a batch of their own: the same samples, whatever the range. Ranges are
    /// asked for in order, each once.
    ///
    /// # Errors
    /// The source's own; the run ends with it.
    fn part(&mut self, range: Range<usize>) -> Result<Batch, SinkError>;
}

/// A batch is a source of its own samples.
impl Source for &Batch {
    fn count(&self) -> usize {
        self.count
    }

    fn part(&mut self, range: Range<usize>) -> Result<Batch, SinkError> {
        Ok(Batch::part(self, range))
    }
}
