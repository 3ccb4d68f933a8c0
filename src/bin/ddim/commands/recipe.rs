//! What the samples of a run are made from, range by range.

use std::ops::Range;

use ddim_wgpu::Batch;
use ddim_wgpu::network::Model;
use ddim_wgpu::noise::slerp;
use ddim_wgpu::session::{SinkError, Source};

use crate::exit::Failure;
use crate::inputs::conditions::Conditions;
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
    conditions: Conditions,
}

impl Recipe {
    pub fn new(batch: Batch, start: Start, conditions: Conditions) -> Self {
        Self {
            batch,
            start,
            conditions,
        }
    }

    /// With the batch changed, but for its count.
    pub fn edited(
        self,
        edit: impl FnOnce(Batch) -> Result<Batch, Failure>,
    ) -> Result<Self, Failure> {
        let batch = edit(self.batch)?;
        Ok(Self { batch, ..self })
    }

    /// Checks what can be known before the work: all samples where nothing is read for them, else
    /// the first and the last.
    pub fn validate(&mut self, model: &Model) -> Result<(), Failure> {
        let count = self.count();
        if count == 0 || self.conditions.is_empty() {
            return Ok(self.batch.validate_for_model(model)?);
        }
        for range in [0..1, count - 1..count] {
            let part = self.conditions.apply(self.batch.part(range))?;
            part.validate_for_model(model)?;
        }
        Ok(())
    }

    /// Samples in all.
    pub fn count(&self) -> usize {
        self.batch.count
    }

    /// Samples `range` as a batch of their own.
    pub fn part(&mut self, range: Range<usize>) -> Result<Batch, Failure> {
        let part = self.conditions.apply(self.batch.part(range.clone()))?;
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
        if range.is_empty() {
            return Ok(());
        }
        if !self.conditions.is_empty() {
            self.conditions.look_over(&self.batch.part(range.clone()))?;
        }
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
