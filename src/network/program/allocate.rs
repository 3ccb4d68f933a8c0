//! Where the registers of the state lie while they are needed.

use super::op::{Op, Stage};
use super::program::{Program, STATE};

/// A place for each register of [`Stage::State`], of which those that are needed at the
/// same time do not overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arena {
    /// By register: where it starts; none for other stages, and for the state itself unless it was
    /// asked for.
    pub starts: Vec<Option<usize>>,
    /// The end of the last.
    pub len: usize,
    /// The register whose place ends there: the others that are needed with it decide the length.
    pub widest: usize,
}

impl Arena {
    /// Places the registers, each of `padded` values for its width, but for the state itself.
    pub fn new(program: &Program, padded: impl Fn(usize) -> usize) -> Self {
        Self::place(program, padded, None)
    }

    /// As [`Arena::new`], with a place for the state, which an operation before all others writes.
    pub fn with_state(program: &Program, padded: impl Fn(usize) -> usize) -> Self {
        Self::place(program, padded, Some(STATE))
    }

    fn place(program: &Program, padded: impl Fn(usize) -> usize, first: Option<usize>) -> Self {
        let ops = program.stage(Stage::State);
        let mut last_read = vec![0; program.registers.len()];
        for (index, op) in ops.iter().enumerate() {
            for slice in op.reads() {
                last_read[slice.register] = index;
            }
        }
        last_read[program.result] = ops.len();
        let mut arena = Self {
            starts: vec![None; program.registers.len()],
            len: 0,
            widest: program.result,
        };
        // Start, end and last reader of the registers in use, by start.
        let mut used: Vec<(usize, usize, usize)> = Vec::new();
        let written = ops.iter().map(|Op { out, .. }| *out).enumerate();
        for (index, out) in first.map(|state| (0, state)).into_iter().chain(written) {
            // A register may be written over by the operation after its last reader.
            used.retain(|&(_, _, last)| last >= index);
            let size = padded(program.registers[out].width);
            let start = first_gap(&used, size);
            let at = used.partition_point(|&(other, _, _)| other < start);
            used.insert(at, (start, start + size, last_read[out]));
            arena.starts[out] = Some(start);
            if start + size > arena.len {
                (arena.len, arena.widest) = (start + size, out);
            }
        }
        arena
    }
}

/// The first place where `size` values fit between those in use.
fn first_gap(used: &[(usize, usize, usize)], size: usize) -> usize {
    let mut end = 0;
    for &(start, next, _) in used {
        if start >= end + size {
            break;
        }
        end = end.max(next);
    }
    end
}
