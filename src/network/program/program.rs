//! The program itself.

use super::op::{Op, OpKind, Register, Stage};
use crate::network::format::{ConditionInput, Levels, Matrix};

/// The register of the state, which every program has first.
pub const STATE: usize = 0;

/// A network as operations on registers.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Program {
    /// Values in one sample, `D`: the width of the register [`STATE`].
    pub dims: usize,
    /// Classes the network knows.
    pub num_classes: Option<usize>,
    /// The vectors that each sample is given, and the registers that hold them.
    pub inputs: Vec<(ConditionInput, usize)>,
    /// What the unconditional pass of guidance is given for them; none: the program cannot be
    /// guided over its conditions.
    pub unconditional: Option<Vec<Vec<f32>>>,
    /// What the network is told of a level.
    pub levels: Levels,
    /// The register of that number, and that of the input's scale where the levels have one.
    pub time: usize,
    /// See `time`.
    pub input_scale: Option<usize>,
    /// All registers.
    pub registers: Vec<Register>,
    /// The tensors that operations name by index, with their names.
    pub weights: Vec<(String, Matrix)>,
    /// The operations of each [`Stage`], in their order.
    pub ops: [Vec<Op>; 3],
    /// The register of the result, of [`Stage::State`], `D` values.
    pub result: usize,
}

impl Program {
    /// The operations of a stage.
    pub fn stage(&self, stage: Stage) -> &[Op] {
        &self.ops[stage as usize]
    }

    /// The registers of `stage` that operations of [`Stage::State`] read, each with where it starts
    /// in the row of all of them; and the length of that row.
    pub fn exports(&self, stage: Stage) -> (Vec<(usize, usize)>, usize) {
        let mut read: Vec<usize> = self.ops[Stage::State as usize]
            .iter()
            .flat_map(Op::reads)
            .map(|slice| slice.register)
            .filter(|&register| self.registers[register].stage == stage)
            .collect();
        read.sort_unstable();
        read.dedup();
        let mut end = 0;
        let starts = read.into_iter().map(|register| {
            let start = end;
            end += self.registers[register].width;
            (register, start)
        });
        (starts.collect(), end)
    }

    /// Outputs of the widest linear operation of a stage; 1 where there is none.
    pub fn widest_linear(&self, stage: Stage) -> usize {
        let widths = self.stage(stage).iter().filter_map(|op| match op.kind {
            OpKind::Linear { .. } => Some(self.registers[op.out].width),
            _ => None,
        });
        widths.max().unwrap_or(1)
    }

    /// Inputs of the widest product of a stage; 1 where there is none.
    pub fn widest_input(&self, stage: Stage) -> usize {
        let terms = self.stage(stage).iter().filter_map(|op| match &op.kind {
            OpKind::Linear { terms, .. } => Some(terms),
            _ => None,
        });
        let widths = terms.flatten().map(|term| term.input.len);
        widths.max().unwrap_or(1)
    }

    /// Multiply-adds of the linear operations of a stage: for one step, for one sample, or for one
    /// sample and step.
    pub fn multiply_adds(&self, stage: Stage) -> usize {
        let terms = self.stage(stage).iter().filter_map(|op| match &op.kind {
            OpKind::Linear { terms, .. } => Some(terms),
            _ => None,
        });
        terms
            .flatten()
            .map(|term| term.rows.len() * term.cols.len())
            .sum()
    }
}
