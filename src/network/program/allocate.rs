//! Where the registers of the state lie while they are needed.

use super::op::{Op, Stage};
use super::program::{Program, STATE};

/// A place for each register of [`Stage::State`], of which those that are needed at the
/// same time do not overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arena {
    /// By register: where it starts; none for the state itself and other stages.
    pub starts: Vec<Option<usize>>,
    /// The end of the last.
    pub len: usize,
}

impl Arena {
    /// Places the registers, each of `padded` values for its width.
    pub fn new(program: &Program, padded: impl Fn(usize) -> usize) -> Self {
        let ops = program.stage(Stage::State);
        let mut last_read = vec![0; program.registers.len()];
        for (index, op) in ops.iter().enumerate() {
            for slice in op.reads() {
                last_read[slice.register] = index;
            }
        }
        last_read[program.result] = ops.len();
        let mut starts = vec![None; program.registers.len()];
        // Start, end and last reader of the registers in use, by start.
        let mut used: Vec<(usize, usize, usize)> = Vec::new();
        let mut len = 0;
        for (index, Op { out, .. }) in ops.iter().enumerate() {
            // A register may be written over by the operation after its last reader.
            used.retain(|&(_, _, last)| last >= index);
            let size = padded(program.registers[*out].width);
            let start = first_gap(&used, size);
            let at = used.partition_point(|&(other, _, _)| other < start);
            used.insert(at, (start, start + size, last_read[*out]));
            starts[*out] = Some(start);
            len = len.max(start + size);
        }
        debug_assert!(starts[STATE].is_none());
        Self { starts, len }
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
