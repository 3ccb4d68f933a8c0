//! Where the values are that the operations of a program read and write.

use std::ops::Range;

use crate::network::{Arena, Matrix, OpKind, Program, Slice, Stage};

/// Where values that an operation reads are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The state.
    State,
    /// Registers of the state's operations.
    Arena,
    /// The step's numbers, the same for all samples.
    Step,
    /// The sample's numbers.
    Sample,
}

/// Values that follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub source: Source,
    pub start: usize,
    pub len: usize,
}

/// An operation of the state with its registers placed, and its weights as `W`.
#[derive(Debug, Clone)]
pub struct PackedOp<W> {
    pub kind: OpKind,
    /// The products of a linear operation.
    pub weights: Vec<W>,
    /// What the operation reads, in the order of `Op::reads`.
    pub reads: Vec<Place>,
    /// Where its register starts, and its width.
    pub start: usize,
    pub width: usize,
}

/// The registers of a program in memory.
#[derive(Debug, Clone)]
pub struct Placement<'a> {
    program: &'a Program,
    /// By register: where it starts among those of its stage.
    starts: Vec<Option<usize>>,
    /// Values of the state's registers.
    pub arena: usize,
}

impl<'a> Placement<'a> {
    /// Places the state's registers, each of `padded` values for its width.
    pub fn new(program: &'a Program, padded: impl Fn(usize) -> usize) -> Self {
        let arena = Arena::new(program, padded);
        let mut starts = arena.starts;
        for stage in [Stage::Step, Stage::Sample] {
            for (register, start) in program.exports(stage).0 {
                starts[register] = Some(start);
            }
        }
        Self {
            program,
            starts,
            arena: arena.len,
        }
    }

    fn place(&self, slice: Slice) -> Place {
        let start = self.starts[slice.register];
        let source = match (self.program.registers[slice.register].stage, start) {
            (Stage::Step, _) => Source::Step,
            (Stage::Sample, _) => Source::Sample,
            (Stage::State, None) => Source::State,
            (Stage::State, Some(_)) => Source::Arena,
        };
        Place {
            source,
            start: start.unwrap_or(0) + slice.start,
            len: slice.len,
        }
    }

    /// The network's output.
    pub fn result(&self) -> Place {
        self.place(Slice {
            register: self.program.result,
            start: 0,
            len: self.program.dims,
        })
    }

    /// The operations of the state, of whose weights `pack` takes some rows and columns.
    pub fn ops<W>(
        &self,
        pack: impl Fn(&Matrix, Range<usize>, Range<usize>) -> W,
    ) -> Vec<PackedOp<W>> {
        let ops = self.program.stage(Stage::State).iter().map(|op| PackedOp {
            kind: op.kind.clone(),
            weights: match &op.kind {
                OpKind::Linear { terms, .. } => terms
                    .iter()
                    .map(|term| {
                        let matrix = &self.program.weights[term.weight].1;
                        pack(matrix, term.rows.clone(), term.cols.clone())
                    })
                    .collect(),
                _ => Vec::new(),
            },
            reads: op
                .reads()
                .into_iter()
                .map(|read| self.place(read))
                .collect(),
            start: self.starts[op.out].expect("every register of the state is placed"),
            width: self.program.registers[op.out].width,
        });
        ops.collect()
    }
}
