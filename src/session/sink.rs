//! Where samples go that are not kept in memory.

use super::error::SinkError;

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
