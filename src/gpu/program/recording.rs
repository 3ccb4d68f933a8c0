//! A compiled network as data: the passes that start a run, and those that
//! each row of a plan takes.

use wgpu::ComputePipeline;

use crate::diffusion::{Clipping, Plan};
use crate::gpu::shader::kernel::Kernel;

/// The rows that take a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Always,
    /// Rows that add noise.
    WithNoise,
    /// Rows that add none.
    WithoutNoise,
    /// Rows of plans that threshold dynamically.
    Thresholding,
}

/// What the workgroups of a pass divide among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grid {
    /// The quads of all samples.
    Quads,
    /// The samples, as many to so many workgroups as the network's kernel carries.
    Tiles { slices: u32 },
    /// The samples, each its own workgroup.
    Samples,
}

/// The bind group that a pass takes beside the run's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondGroup {
    None,
    Network,
    Inpainting,
}

/// One dispatch.
#[derive(Debug)]
pub struct Pass {
    kernel: Kernel,
    pipeline: ComputePipeline,
    when: When,
    grid: Grid,
    second: SecondGroup,
}

impl Pass {
    /// `slices` workgroups share a tile of samples.
    pub fn new(kernel: Kernel, pipeline: ComputePipeline, when: When, slices: u32) -> Self {
        let (grid, second) = match kernel {
            Kernel::InitNoise => (Grid::Quads, SecondGroup::None),
            Kernel::ThresholdStep => (Grid::Samples, SecondGroup::None),
            Kernel::MaskStep => (Grid::Quads, SecondGroup::Inpainting),
            // An invocation has a quad of an external network's output.
            Kernel::UpdateStep => (Grid::Quads, SecondGroup::Network),
            _ => (Grid::Tiles { slices }, SecondGroup::Network),
        };
        Self {
            kernel,
            pipeline,
            when,
            grid,
            second,
        }
    }

    pub fn kernel(&self) -> Kernel {
        self.kernel
    }

    pub fn pipeline(&self) -> &ComputePipeline {
        &self.pipeline
    }

    pub fn grid(&self) -> Grid {
        self.grid
    }

    /// The workgroups that share a tile of samples; `None` where they divide something else.
    pub fn slices(&self) -> Option<u32> {
        match self.grid {
            Grid::Tiles { slices } => Some(slices),
            Grid::Quads | Grid::Samples => None,
        }
    }

    pub fn second_group(&self) -> SecondGroup {
        self.second
    }

    fn is_taken(&self, plan: &Plan, row: usize) -> bool {
        match self.when {
            When::Always => true,
            When::WithNoise => plan.stages()[row].noise_scale != 0.0,
            When::WithoutNoise => plan.stages()[row].noise_scale == 0.0,
            When::Thresholding => thresholds(plan),
        }
    }
}

/// The passes of consecutive rows of a plan.
#[derive(Debug)]
pub struct Block {
    rows: usize,
    passes: Vec<Pass>,
}

impl Block {
    pub fn new(rows: usize, passes: Vec<Pass>) -> Self {
        Self { rows, passes }
    }

    /// Rows that the block advances a run by.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The passes that `row` takes.
    pub fn passes(&self, plan: &Plan, row: usize) -> impl Iterator<Item = &Pass> {
        self.passes
            .iter()
            .filter(move |pass| pass.is_taken(plan, row))
    }
}

/// The passes of a compiled network.
#[derive(Debug)]
pub struct Recording {
    start: Pass,
    /// The longest first; the last advances one row.
    blocks: Vec<Block>,
}

impl Recording {
    pub fn new(start: Pass, blocks: Vec<Block>) -> Self {
        debug_assert_eq!(blocks.last().map(Block::rows), Some(1));
        Self { start, blocks }
    }

    /// The pass that fills the state with noise.
    pub fn start(&self) -> &Pass {
        &self.start
    }

    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The number of the block that takes one row, the last.
    pub fn single(&self) -> usize {
        self.blocks.len() - 1
    }

    /// The number of the block that takes the next of `left` rows. `standalone` rows are followed
    /// by other passes each, so that they cannot be taken together.
    pub fn next_block(&self, left: usize, standalone: bool) -> usize {
        let fits = |block: &Block| block.rows == 1 || (block.rows <= left && !standalone);
        let found = self.blocks.iter().position(fits);
        found.unwrap_or(self.single())
    }

    /// The pass of dynamic thresholding, where it was compiled.
    pub fn threshold(&self) -> Option<&Pass> {
        let passes = &self.blocks[self.single()].passes;
        passes.iter().find(|pass| pass.when == When::Thresholding)
    }
}

/// Whether a plan thresholds dynamically.
pub fn thresholds(plan: &Plan) -> bool {
    matches!(plan.clipping(), Clipping::DynamicThreshold { .. })
}
