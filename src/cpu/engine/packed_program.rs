//! A program in the order in which the engine reads it, and how it runs on a tile of samples.

use std::sync::Arc;

use pulp::Simd;

use crate::diffusion::Plan;
use crate::network::{Arena, Model, OpKind, Program, SampleFold, Slice, Stage, StepTable};

use super::layer::{PackedWeight, Row, padded};
use super::program_ops::{Inputs, PackedOp, Place, Source, product, write_op};
use super::tile::{NetworkMemory, TileNetwork, TileSamples, guide, numbers_of};

/// A program with the levels of one plan.
#[derive(Debug)]
pub struct PackedProgram {
    pub program: Arc<Program>,
    steps: StepTable,
    ops: Vec<PackedOp>,
    /// Rows of the registers, and of the numbers folded for each sample.
    arena: usize,
    sample_len: usize,
    /// Where the result is.
    result: Place,
}

impl PackedProgram {
    pub fn new(model: &Model, plan: &Plan) -> Self {
        let program = model.program();
        let arena = Arena::new(&program, padded);
        let steps = StepTable::new(&program, plan, model.scheduler().schedule.train_steps());
        let mut starts = arena.starts.clone();
        let (_, sample_len) = program.exports(Stage::Sample);
        for stage in [Stage::Step, Stage::Sample] {
            for (register, start) in program.exports(stage).0 {
                starts[register] = Some(start);
            }
        }
        let place = |slice: Slice| Place {
            source: match (
                program.registers[slice.register].stage,
                starts[slice.register],
            ) {
                (Stage::Step, _) => Source::Step,
                (Stage::Sample, _) => Source::Sample,
                (Stage::State, None) => Source::State,
                (Stage::State, Some(_)) => Source::Arena,
            },
            start: starts[slice.register].unwrap_or(0) + slice.start,
            len: slice.len,
        };
        let ops = program.stage(Stage::State).iter().map(|op| PackedOp {
            kind: op.kind.clone(),
            weights: match &op.kind {
                OpKind::Linear { terms, .. } => terms
                    .iter()
                    .map(|term| {
                        let matrix = &program.weights[term.weight].1;
                        PackedWeight::of(matrix, term.rows.clone(), term.cols.clone())
                    })
                    .collect(),
                _ => Vec::new(),
            },
            reads: op.reads().into_iter().map(place).collect(),
            start: starts[op.out].expect("every register of the state is placed"),
            width: program.registers[op.out].width,
        });
        Self {
            ops: ops.collect(),
            steps,
            arena: arena.len,
            sample_len,
            result: place(Slice {
                register: program.result,
                start: 0,
                len: program.dims,
            }),
            program,
        }
    }

    /// Whether two passes are made and combined, and by which guidance.
    fn guidance(&self, tile: TileSamples<'_>) -> Option<f32> {
        let guidance = tile.batch.guidance;
        (guidance != 1.0).then_some(guidance)
    }

    /// Rows of the parts of its memory: registers, the samples' numbers with and without their
    /// conditions, and the output of the first pass.
    fn layout(&self) -> [usize; 4] {
        let out = padded(self.program.dims);
        [self.arena, self.sample_len, self.sample_len, out]
    }

    #[inline(always)]
    fn pass<S: Simd, const V: usize>(
        &self,
        simd: S,
        step: usize,
        x: &[Row<S, V>],
        sample: &[Row<S, V>],
        arena: &mut [Row<S, V>],
        out: &mut [Row<S, V>],
    ) {
        let step = self.steps.row(step);
        for op in &self.ops {
            let (before, rest) = arena.split_at_mut(op.start);
            let (own, after) = rest.split_at_mut(padded(op.width));
            let inputs = Inputs {
                x,
                before,
                after,
                gap: own.len(),
                step,
                sample,
            };
            match &op.kind {
                OpKind::Linear { .. } => product(simd, op, &inputs, own),
                _ => write_op(simd, op, &inputs, own),
            }
        }
        let result = &arena[self.result.start..][..self.program.dims];
        out[..result.len()].copy_from_slice(result);
    }
}

impl TileNetwork for PackedProgram {
    fn dims(&self) -> usize {
        self.program.dims
    }

    fn rows(&self) -> usize {
        self.layout().iter().sum()
    }

    fn numbers(&self) -> usize {
        self.sample_len
    }

    fn begin<S: Simd, const V: usize>(
        &self,
        _: S,
        tile: TileSamples<'_>,
        memory: &mut NetworkMemory<'_, Row<S, V>>,
    ) {
        if self.sample_len == 0 {
            return;
        }
        let mut fold = SampleFold::new(&self.program);
        let [arena, own, free, _] = self.layout();
        let width = V * S::F32_LANES;
        let unconditional: Vec<&[f32]> = match &self.program.unconditional {
            Some(values) => values.iter().map(Vec::as_slice).collect(),
            None => Vec::new(),
        };
        let guided = self.guidance(tile).is_some();
        for lane in 0..tile.count {
            let index = tile.first + lane;
            let class = tile.batch.class_of(index, self.program.num_classes);
            let inputs = self.program.inputs.iter().map(|(input, _)| {
                let row = tile.batch.condition_of(index, &input.name, input.width);
                row.expect("the batch was checked to have every condition")
            });
            let inputs: Vec<&[f32]> = inputs.collect();
            fold.write(&self.program, class, &inputs, memory.numbers);
            let rows = &mut memory.rows[arena..][..own];
            lane_of::<S, V>(rows, lane, width, memory.numbers);
        }
        if guided {
            fold.write(&self.program, None, &unconditional, memory.numbers);
            let rows = &mut memory.rows[arena + own..][..free];
            for lane in 0..width {
                lane_of::<S, V>(rows, lane, width, memory.numbers);
            }
        }
    }

    #[inline(always)]
    fn evaluate<S: Simd, const V: usize>(
        &self,
        simd: S,
        row: usize,
        tile: TileSamples<'_>,
        x: &[Row<S, V>],
        memory: &mut NetworkMemory<'_, Row<S, V>>,
        out: &mut [Row<S, V>],
    ) {
        let mut rest = &mut *memory.rows;
        let [arena, own, free, guided] = self.layout().map(|rows| {
            rest.split_off_mut(..rows)
                .expect("the layout counts every part")
        });
        self.pass(simd, row, x, own, arena, out);
        if let Some(guidance) = self.guidance(tile) {
            guided.copy_from_slice(out);
            self.pass(simd, row, x, free, arena, out);
            guide(simd, guidance, guided, out);
        }
    }
}

/// Writes a sample's numbers into its lane.
fn lane_of<S: Simd, const V: usize>(
    rows: &mut [Row<S, V>],
    lane: usize,
    width: usize,
    numbers: &[f32],
) {
    let lanes = numbers_of::<S, V>(rows).chunks_exact_mut(width);
    for (row, &number) in lanes.zip(numbers) {
        row[lane] = number;
    }
}
