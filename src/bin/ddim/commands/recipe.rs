//! What the samples of a run are made from, range by range.

use std::ops::Range;

use ddim_wgpu::Batch;
use ddim_wgpu::noise::slerp;
use ddim_wgpu::session::{SinkError, Source};

use crate::exit::Failure;
use crate::inputs::given::Given;

/// What samples start from.
pub enum Start {
    /// Noise, or what the batch holds.
    Batch,
    /// Samples that are read as they are needed.
    Given(Given),
    /// States on the way from one to another, with both ends.
    Between { first: Vec<f32>, last: Vec<f32> },
}

/// What the samples of a run are made from.
pub struct Recipe {
    /// All of the samples, without what they start from.
    batch: Batch,
    start: Start,
}

impl Recipe {
    pub fn new(batch: Batch, start: Start) -> Self {
        Self { batch, start }
    }

    /// Samples in all.
    pub fn count(&self) -> usize {
        self.batch.count
    }

    /// Samples `range` as a batch of their own.
    pub fn part(&mut self, range: Range<usize>) -> Result<Batch, Failure> {
        let part = self.batch.part(range.clone());
        Ok(match &mut self.start {
            Start::Batch => part,
            Start::Given(given) => part.initial(given.read(range)?),
            Start::Between { first, last } => {
                let share = |index: usize| index as f64 / (self.batch.count - 1) as f64;
                part.initial(
                    range
                        .flat_map(|index| slerp(first, last, share(index)))
                        .collect(),
                )
            }
        })
    }

    /// All samples as one batch.
    pub fn whole(&mut self) -> Result<Batch, Failure> {
        self.part(0..self.count())
    }

    /// Reads what the samples of a range start from, before the work.
    pub fn look_over(&mut self, range: Range<usize>) -> Result<(), Failure> {
        match &mut self.start {
            Start::Given(given) => given.look_over(range),
            Start::Batch | Start::Between { .. } => Ok(()),
        }
    }

    /// A range of the samples, for a session.
    pub fn window(&mut self, range: Range<usize>) -> Window<'_> {
        let recipe = self;
        Window { recipe, range }
    }
}

/// A range of a recipe's samples.
pub struct Window<'a> {
    recipe: &'a mut Recipe,
    range: Range<usize>,
}

impl Source for Window<'_> {
    fn count(&self) -> usize {
        self.range.len()
    }

    fn part(&mut self, range: Range<usize>) -> Result<Batch, SinkError> {
        let first = self.range.start;
        let part = self.recipe.part(first + range.start..first + range.end);
        Ok(part?)
    }
}
