//! From a source to a sink, part by part, in bounded memory.

use crate::batch::Batch;

use super::error::SessionError;
use super::sink::{Part, Sink};
use super::source::Source;

/// Cuts the samples of a source into parts of at most `at_once` samples of `dims` values, as far as
/// they have been made.
pub struct Parts<'a> {
    source: &'a mut dyn Source,
    dims: usize,
    at_once: usize,
    /// Samples that have been made.
    made: usize,
}

impl<'a> Parts<'a> {
    /// From the first sample on.
    pub fn new(source: &'a mut dyn Source, dims: usize, at_once: usize) -> Self {
        Self {
            source,
            dims,
            at_once,
            made: 0,
        }
    }

    /// The index of the first sample of the next part, and the part; none after the last.
    fn next(&mut self) -> Result<Option<(usize, Batch)>, SessionError> {
        let (first, count) = (self.made, self.source.count());
        if first >= count {
            return Ok(None);
        }
        let part = self.source.part(first..count.min(first + self.at_once));
        part.map(|part| Some((first, part)))
            .map_err(|source| SessionError::Source { first, source })
    }

    /// The values of the next part, which may be cut short, have been made.
    fn made(&mut self, values: &[f32]) {
        self.made += values.len() / self.dims;
    }

    /// Whether one part is all there is.
    #[cfg(not(target_arch = "wasm32"))]
    fn is_one(&self) -> bool {
        self.source.count() <= self.at_once
    }
}

fn take(sink: &mut dyn Sink, first: usize, values: &[f32]) -> Result<(), SessionError> {
    sink.take(Part { first, values })
        .map_err(|source| SessionError::Sink { first, source })
}

/// Makes the parts one by one and hands each to the sink. `make` gets the index of a part's first
/// sample and the part; it may make fewer samples, from the beginning.
pub async fn stream_async(
    mut parts: Parts<'_>,
    sink: &mut dyn Sink,
    mut make: impl AsyncFnMut(usize, Batch) -> Result<Vec<f32>, SessionError>,
) -> Result<(), SessionError> {
    while let Some((first, part)) = parts.next()? {
        let values = make(first, part).await?;
        parts.made(&values);
        take(sink, first, &values)?;
    }
    Ok(())
}

/// As [`stream_async`], but the sink takes a part, on a thread of its own, while the next is made.
#[cfg(not(target_arch = "wasm32"))]
pub fn stream(
    mut parts: Parts<'_>,
    sink: &mut dyn Sink,
    mut make: impl FnMut(usize, &Batch) -> Result<Vec<f32>, SessionError>,
) -> Result<(), SessionError> {
    use crate::threading::sync::mpsc::{Receiver, sync_channel};
    use crate::threading::thread;

    if parts.is_one() {
        let make = async |first, part: Batch| make(first, &part);
        return pollster::block_on(stream_async(parts, sink, make));
    }
    thread::scope(|scope| {
        // Room for none: one part is taken while another is made, and no third is waiting.
        let (hand_over, handed): (_, Receiver<(usize, Vec<f32>)>) = sync_channel(0);
        let taker = scope.spawn(move || {
            let mut handed = handed.into_iter();
            handed.try_for_each(|(first, values)| take(sink, first, &values))
        });
        let mut make_all = || {
            while let Some((first, part)) = parts.next()? {
                let values = make(first, &part)?;
                parts.made(&values);
                // The taker ends early only with an error, which is the one to tell.
                if hand_over.send((first, values)).is_err() {
                    break;
                }
            }
            Ok(())
        };
        let made = make_all();
        drop(hand_over);
        let taken = match taker.join() {
            Ok(taken) => taken,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        taken.and(made)
    })
}
