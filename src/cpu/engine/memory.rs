//! The memory of runs, which the next run takes over.

use super::lines::Lines;
use crate::network::SampleFold;

/// The memory of one worker.
#[derive(Debug, Default)]
pub struct WorkerMemory {
    /// Rows of tiles.
    pub rows: Lines,
    /// Numbers that are the same for all samples of a tile.
    pub numbers: Vec<f32>,
    /// Values of one sample.
    pub sample: Vec<f32>,
    /// The registers in which a program's samples are folded.
    pub fold: Option<SampleFold>,
}

/// The memory of all workers of a run. It belongs to one network: registers are kept.
#[derive(Debug, Default)]
pub struct RunMemory {
    workers: Vec<WorkerMemory>,
}

impl RunMemory {
    /// The memory of `count` workers. Allocates where there never were as many.
    pub fn of_workers(&mut self, count: usize) -> &mut [WorkerMemory] {
        if self.workers.len() < count {
            self.workers.resize_with(count, WorkerMemory::default);
        }
        &mut self.workers[..count]
    }
}
