//! Samples of which none is finite are not written, also where they come part by part.

use ddim_wgpu::session::{Part, Sink, SinkError};

use super::super::finite::Finite;
/// Most bytes held back.
const MAX_HELD: usize = 64 << 20;

/// Counts what is not finite, and holds parts back until a finite value has come, so
/// that nothing is written of a run that gives none, also to standard output. A run that
/// gives none in 64 MiB ends.
pub struct FiniteFirst<'a> {
    inner: &'a mut dyn Sink,
    finite: &'a mut Finite,
    /// Index of the first sample held, and the values.
    held: (usize, Vec<f32>),
}

impl<'a> FiniteFirst<'a> {
    pub fn new(inner: &'a mut dyn Sink, finite: &'a mut Finite) -> Self {
        Self {
            inner,
            finite,
            held: (0, Vec::new()),
        }
    }
}

impl Sink for FiniteFirst<'_> {
    fn take(&mut self, part: Part<'_>) -> Result<(), SinkError> {
        self.finite.count(part.values);
        let (first, held) = &mut self.held;
        if !self.finite.any() {
            if held.is_empty() {
                *first = part.first;
            }
            held.extend_from_slice(part.values);
            if 4 * held.len() > MAX_HELD {
                self.finite.check()?;
            }
            return Ok(());
        }
        if !held.is_empty() {
            let values = &std::mem::take(held);
            let first = *first;
            self.inner.take(Part { first, values })?;
        }
        self.inner.take(part)
    }
}
