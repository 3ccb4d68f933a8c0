//! How an invocation of `program_step_serial` goes through a program, and how many rounds its
//! loops take.

use super::division::Division;
use super::padding::Padding;
use super::weights::MAX_UNROLL;
use super::words::Words;
use crate::gpu::device::shader_target::{SERIAL_ROUNDS, ShaderTarget};
use crate::gpu::shader::constants::Constants;
use crate::network::{OpKind, Program, Stage};

/// Output quads an invocation makes at a time: with more, compiling takes longer and running is no
/// faster.
const BLOCK_QUADS: u32 = 8;
/// Samples in the components of a value.
const SAMPLES: u32 = 4;
/// Loops in the text: such a driver goes once round those of the operations that another is not.
const LOOPS: usize = 24;

/// Whether the loops of `program_step_serial` stay within what llvmpipe runs of them.
pub fn serial_fits(program: &Program, target: &ShaderTarget, steps: u32) -> bool {
    SerialColumns::new(program, target, steps).rounds <= SERIAL_ROUNDS
}

/// How an invocation goes through a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SerialColumns {
    workgroup: u32,
    /// Invocations that share what they load.
    lanes: u32,
    /// Inputs taken in one round.
    unroll: usize,
    /// Rounds of all its loops.
    rounds: usize,
}

impl SerialColumns {
    /// The least unrolled whose loops go round few enough times: unrolling costs compile time, and
    /// gains nothing else.
    pub fn new(program: &Program, target: &ShaderTarget, steps: u32) -> Self {
        let (lanes, workgroup) = target.serial_lanes();
        let mut columns = Self {
            workgroup,
            lanes,
            unroll: 1,
            rounds: rounds(program, 1, steps as usize),
        };
        while columns.rounds > SERIAL_ROUNDS && columns.unroll < MAX_UNROLL {
            columns.unroll *= 2;
            columns.rounds = rounds(program, columns.unroll, steps as usize);
        }
        columns
    }

    pub fn division(self, words: &Words) -> Division {
        Division {
            constants: Constants::default()
                .set("WORKGROUP", self.workgroup)
                .switch("SPLIT", false)
                .set("OWN", BLOCK_QUADS.max(self.lanes) / self.lanes)
                .set("LANES", self.lanes)
                .set("UNROLL", self.unroll as u32),
            samples: SAMPLES,
            samples_per_workgroup: SAMPLES * self.workgroup,
            scratch_bytes: 4 * (SAMPLES * self.workgroup) as usize * words.columns(),
        }
    }
}

/// Rounds of all loops of an invocation, counted from above.
fn rounds(program: &Program, unroll: usize, steps: usize) -> usize {
    let words = Words::new(program, Padding::QUADS);
    let quads = program.dims.div_ceil(4);
    let ops = program.stage(Stage::State).iter();
    let each = ops.map(|op| LOOPS + op_rounds(&op.kind, program.registers[op.out].width, unroll));
    let pass = LOOPS + quads + program.dims + each.sum::<usize>();
    let passes = 1 + usize::from(words.guided());
    steps * (1 + passes * (1 + pass) + quads * (1 + SAMPLES as usize))
}

fn op_rounds(kind: &OpKind, width: usize, unroll: usize) -> usize {
    match kind {
        OpKind::Linear { terms, add, .. } => {
            let products = terms
                .iter()
                .map(|term| 1 + term.cols.len().div_ceil(unroll));
            width.div_ceil(4 * BLOCK_QUADS as usize) * (1 + products.sum::<usize>())
                + width * (1 + add.len())
        }
        OpKind::Combine { pieces } => {
            let rounds = |piece: &crate::network::Piece| {
                LOOPS + piece.terms[0].0.len * (1 + piece.terms.len())
            };
            pieces.iter().map(rounds).sum()
        }
        OpKind::Activate { input, .. }
        | OpKind::Scale { input, .. }
        | OpKind::Waves { input, .. } => width * (1 + input.len()),
        OpKind::Multiply { left, right, .. } => width * (1 + left.len() + right.len()),
        OpKind::Normalize { groups, .. } => groups + 3 * width,
        OpKind::Lookup { .. } => 0,
    }
}
