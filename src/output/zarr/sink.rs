//! A stream of samples into the chunks of an array.

use super::array::ZarrArray;
use super::error::ZarrError;
use crate::session::{Part, Sink, SinkError};

/// Writes a range of samples, from the first of a chunk to the last of one, as soon as there are
/// enough for a chunk.
#[derive(Debug)]
pub struct ChunkSink<'a> {
    array: &'a ZarrArray,
    chunk: usize,
    /// Samples of the chunk that have come, `[samples, D]`.
    pending: Vec<f32>,
}

impl<'a> ChunkSink<'a> {
    /// From the first sample of `chunk` on.
    #[must_use]
    pub fn new(array: &'a ZarrArray, chunk: usize) -> Self {
        let pending = Vec::new();
        Self {
            array,
            chunk,
            pending,
        }
    }

    fn push(&mut self, mut values: &[f32]) -> Result<(), ZarrError> {
        let dims = self.array.layout().dims();
        while !values.is_empty() {
            let length = self.array.layout().samples_of(self.chunk).len() * dims;
            if self.pending.is_empty() && values.len() >= length {
                let (whole, rest) = values.split_at(length);
                self.array.write(self.chunk, whole)?;
                (values, self.chunk) = (rest, self.chunk + 1);
                continue;
            }
            let taken = values.len().min(length - self.pending.len());
            self.pending.extend_from_slice(&values[..taken]);
            values = &values[taken..];
            if self.pending.len() == length {
                self.array.write(self.chunk, &self.pending)?;
                self.pending.clear();
                self.chunk += 1;
            }
        }
        Ok(())
    }
}

impl Sink for ChunkSink<'_> {
    fn take(&mut self, part: Part<'_>) -> Result<(), SinkError> {
        Ok(self.push(part.values)?)
    }
}
