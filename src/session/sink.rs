//! Where samples go that are not kept in memory.

use crate::batch::Batch;

use super::error::{SessionError, SinkError};

/// Consecutive samples of a batch.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// Index in the batch of the first sample.
    pub first: usize,
    /// `[samples, D]`.
    pub values: &'a [f32],
}

/// Takes the samples of a batch part by part, in order and without gaps. Each part is handed over
/// once, on a thread of its own, while the next is computed.
pub trait Sink: Send {
    /// Takes the next part.
    ///
    /// # Errors
    /// The sink's own; the run ends with it.
    fn take(&mut self, part: Part<'_>) -> Result<(), SinkError>;
}

/// Keeps all samples in memory.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Collect {
    values: Vec<f32>,
}

impl Collect {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The samples so far, `[samples, D]`.
    #[must_use]
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }
}

impl Sink for Collect {
    fn take(&mut self, part: Part<'_>) -> Result<(), SinkError> {
        self.values.try_reserve(part.values.len())?;
        self.values.extend_from_slice(part.values);
        Ok(())
    }
}

/// A closure is a sink.
impl<F: FnMut(Part<'_>) -> Result<(), SinkError> + Send> Sink for F {
    fn take(&mut self, part: Part<'_>) -> Result<(), SinkError> {
        self(part)
    }
}

/// Cuts a batch into parts of at most `at_once` samples of `dims` values, as
/// far as they have been made.
struct Parts<'a> {
    batch: &'a Batch,
    dims: usize,
    at_once: usize,
    /// Samples that have been made.
    made: usize,
}

impl Parts<'_> {
    /// The index of the first sample of the next part, and the part; none after the last.
    fn next(&self) -> Option<(usize, Batch)> {
        let (first, count) = (self.made, self.batch.count);
        let part = || self.batch.part(first..count.min(first + self.at_once));
        (first < count).then(|| (first, part()))
    }

    /// The values of the next part, which may be cut short, have been made.
    fn made(&mut self, values: &[f32]) {
        self.made += values.len() / self.dims;
    }
}

fn take(sink: &mut dyn Sink, first: usize, values: &[f32]) -> Result<(), SessionError> {
    sink.take(Part { first, values })
        .map_err(|source| SessionError::Sink { first, source })
}

/// Makes a batch in parts and hands each to the sink. `make` gets the index of a part's first
/// sample and the part; it may make fewer samples, from the beginning.
pub(super) async fn stream_async(
    batch: &Batch,
    dims: usize,
    at_once: usize,
    sink: &mut dyn Sink,
    mut make: impl AsyncFnMut(usize, Batch) -> Result<Vec<f32>, SessionError>,
) -> Result<(), SessionError> {
    let mut parts = Parts {
        batch,
        dims,
        at_once,
        made: 0,
    };
    while let Some((first, part)) = parts.next() {
        let values = make(first, part).await?;
        parts.made(&values);
        take(sink, first, &values)?;
    }
    Ok(())
}

/// As [`stream_async`], but the sink takes a part, on a thread of its own, while the next is made.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn stream(
    batch: &Batch,
    dims: usize,
    at_once: usize,
    sink: &mut dyn Sink,
    mut make: impl FnMut(usize, &Batch) -> Result<Vec<f32>, SessionError>,
) -> Result<(), SessionError> {
    use std::sync::mpsc::sync_channel;
    use std::thread;

    if batch.count <= at_once {
        let make = async |first, part: Batch| make(first, &part);
        return pollster::block_on(stream_async(batch, dims, at_once, sink, make));
    }
    let mut parts = Parts {
        batch,
        dims,
        at_once,
        made: 0,
    };
    thread::scope(|scope| {
        // Room for none: one part is taken while another is made, and no third is waiting.
        let (hand_over, handed): (_, std::sync::mpsc::Receiver<(usize, Vec<f32>)>) =
            sync_channel(0);
        let taker = scope.spawn(move || {
            let mut handed = handed.into_iter();
            handed.try_for_each(|(first, values)| take(sink, first, &values))
        });
        let mut make_all = || {
            while let Some((first, part)) = parts.next() {
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
