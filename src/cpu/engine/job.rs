//! What a tile is told of its run and of its samples.

use std::ops::Range;

use crate::batch::Batch;
use crate::cpu::reference::update_step::RoundedStep;

/// What every tile of a run shares.
#[derive(Clone, Copy)]
pub struct RunContext<'a> {
    pub batch: &'a Batch,
    /// All rows of the plan.
    pub steps: &'a [RoundedStep],
    /// The rows to run.
    pub rows: &'a Range<usize>,
    /// Whether x̂₀ of a row is read by the next.
    pub uses_history: bool,
    /// Numbers of a sample's ring of earlier estimates.
    pub ring: usize,
}

impl RunContext<'_> {
    /// Whether x̂₀ of a row is looked at after it.
    pub fn keeps_x0(&self, row: usize) -> bool {
        self.uses_history || row + 1 == self.rows.end
    }
}

/// The samples of a tile.
pub struct TileJob<'a> {
    /// Index in the batch of the first sample.
    pub first: usize,
    /// `[samples, dims]`.
    pub state: &'a mut [f32],
    /// `[samples, dims]`.
    pub x0: &'a mut [f32],
    /// `[samples, ring]`.
    pub ring: &'a mut [f32],
}

/// Which samples a tile holds.
#[derive(Clone, Copy)]
pub struct TileSamples<'a> {
    pub batch: &'a Batch,
    /// Index in the batch of the first.
    pub first: usize,
    pub count: usize,
}
