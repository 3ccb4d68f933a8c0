//! Where samples go that are not kept in memory.

use std::sync::mpsc::sync_channel;
use std::thread;

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

/// Makes a batch in parts of at most `at_once` samples of `dims` values, and hands each to the sink while the next
/// is made. `make` gets the index of a part's first sample and the part; it may make fewer, from the beginning.
pub(super) fn stream(
    batch: &Batch,
    dims: usize,
    at_once: usize,
    sink: &mut dyn Sink,
    mut make: impl FnMut(usize, &Batch) -> Result<Vec<f32>, SessionError>,
) -> Result<(), SessionError> {
    let mut first = 0;
    let mut next = || -> Result<Option<(usize, Vec<f32>)>, SessionError> {
        if first == batch.count {
            return Ok(None);
        }
        let part = batch.part(first..batch.count.min(first + at_once));
        let values = make(first, &part)?;
        let made = (first, values);
        first += made.1.len() / dims;
        Ok(Some(made))
    };
    let mut take = |(first, values): (usize, Vec<f32>)| {
        let values = &values;
        sink.take(Part { first, values })
            .map_err(|source| SessionError::Sink { first, source })
    };
    let Some(mut part) = next()? else {
        return Ok(());
    };
    // A browser's thread is the only one.
    if cfg!(target_family = "wasm") || batch.count <= at_once {
        loop {
            take(part)?;
            match next()? {
                Some(following) => part = following,
                None => return Ok(()),
            }
        }
    }
    thread::scope(|scope| {
        // Room for none: one part is taken while another is made, and no third is waiting.
        let (hand_over, parts) = sync_channel(0);
        let taker = scope.spawn(move || parts.into_iter().try_for_each(&mut take));
        let made = loop {
            // The taker ends early only with an error, which is the one to tell.
            if hand_over.send(part).is_err() {
                break Ok(());
            }
            match next() {
                Ok(Some(following)) => part = following,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        drop(hand_over);
        let taken = match taker.join() {
            Ok(taken) => taken,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        taken.and(made)
    })
}
