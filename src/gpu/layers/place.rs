//! Where the kernels find registers: the state's in columns, those folded before in rows.

use super::padding::Padding;
use crate::network::{Arena, Program, STATE, Slice, Stage};

/// Where each register begins, in the columns or in a row of those of its stage.
pub struct Places {
    starts: Vec<Option<usize>>,
    stages: Vec<Stage>,
    /// Columns of the state's registers.
    pub columns: usize,
    /// The register that takes the last of them.
    pub widest: usize,
    /// Numbers of a row of the step's registers, and of the sample's.
    pub step_len: usize,
    pub sample_len: usize,
}

impl Places {
    pub fn new(program: &Program, padding: Padding) -> Self {
        let arena = Arena::with_state(program, |width| padding.register(width));
        let mut starts = arena.starts;
        let mut lengths = [0; 2];
        for (stage, length) in [Stage::Step, Stage::Sample].into_iter().zip(&mut lengths) {
            let (exports, len) = program.exports(stage);
            *length = len;
            for (register, start) in exports {
                starts[register] = Some(start);
            }
        }
        let registers = program.registers.iter();
        Self {
            starts,
            stages: registers.map(|register| register.stage).collect(),
            columns: arena.len,
            widest: arena.widest,
            step_len: lengths[0],
            sample_len: lengths[1],
        }
    }

    /// Where a register begins.
    pub fn of(&self, register: usize) -> usize {
        self.starts[register].expect("every register that an operation names has a place")
    }

    /// The words of a slice: stage, place, weight.
    pub fn slice(&self, slice: Slice, weight: f64) -> [u32; 3] {
        let stage = match self.stages[slice.register] {
            Stage::Step => 0,
            Stage::Sample => 1,
            Stage::State => 2,
        };
        [stage, self.column(slice) as u32, (weight as f32).to_bits()]
    }

    /// Where a slice begins.
    pub fn column(&self, slice: Slice) -> usize {
        self.of(slice.register) + slice.start
    }

    /// The columns of the state itself.
    pub fn state(&self) -> usize {
        self.of(STATE)
    }
}
