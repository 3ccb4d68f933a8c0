//! A stream of samples into the chunks of an array.

use super::array::ZarrArray;
use super::chunk_file::ChunkFile;
use super::error::ZarrError;
use crate::session::{Part, Sink, SinkError};

/// Writes a range of samples, from the first of a chunk to the last of one. What has come of a chunk
/// is in its file, not in memory.
#[derive(Debug)]
pub struct ChunkSink<'a> {
    array: &'a ZarrArray,
    /// The chunk that the next samples belong to.
    chunk: usize,
    /// That chunk, if samples of it have come, and how many values it still lacks.
    begun: Option<(ChunkFile, usize)>,
}

impl<'a> ChunkSink<'a> {
    /// From the first sample of `chunk` on.
    #[must_use]
    pub fn new(array: &'a ZarrArray, chunk: usize) -> Self {
        Self {
            array,
            chunk,
            begun: None,
        }
    }

    fn push(&mut self, mut values: &[f32]) -> Result<(), ZarrError> {
        let layout = self.array.layout();
        while !values.is_empty() {
            let (mut file, missing) = match self.begun.take() {
                Some(begun) => begun,
                None => {
                    let length = layout.samples_of(self.chunk).len() * layout.dims();
                    (self.array.start(self.chunk)?, length)
                }
            };
            let (of_chunk, rest) = values.split_at(values.len().min(missing));
            file.push(of_chunk)?;
            values = rest;
            if of_chunk.len() < missing {
                self.begun = Some((file, missing - of_chunk.len()));
            } else {
                file.finish()?;
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
