//! A program in the order in which the engine reads it, and how it runs on a tile of samples.

use std::sync::{Arc, OnceLock};

use pulp::Simd;

use super::blocks::{PackedWeight, Row, padded};
use super::few::{FewMemory, FewNetwork, FewProgram, Given};
use super::job::TileSamples;
use super::lines::whole_lines;
use super::placement::{PackedOp, Place, Placement};
use super::product::product;
use super::program_ops::{Inputs, write_op};
use super::tile::{NetworkMemory, TileNetwork, guide, numbers_of, rows_of};
use crate::diffusion::Plan;
use crate::network::{Model, OpKind, Program, SampleFold, Stage, StepTable};

/// A program with the levels of one plan.
#[derive(Debug)]
pub struct PackedProgram {
    pub program: Arc<Program>,
    steps: StepTable,
    ops: Vec<PackedOp<PackedWeight>>,
    /// Rows of the registers, and of the numbers folded for each sample.
    arena: usize,
    sample_len: usize,
    /// Where the result is.
    result: Place,
    /// The same for a few samples, from the first batch of a few on.
    few: OnceLock<FewProgram>,
}

impl PackedProgram {
    pub fn new(model: &Model, plan: &Plan) -> Self {
        let program = model.program();
        let placement = Placement::new(&program, padded);
        Self {
            ops: placement.ops(PackedWeight::of),
            steps: StepTable::new(&program, plan, model.scheduler().schedule.train_steps()),
            arena: placement.arena,
            sample_len: program.exports(Stage::Sample).1,
            result: placement.result(),
            few: OnceLock::new(),
            program,
        }
    }

    fn few(&self) -> &FewProgram {
        self.few.get_or_init(|| FewProgram::new(&self.program))
    }

    /// Whether two passes are made and combined, and by which guidance.
    fn guidance(&self, tile: TileSamples<'_>) -> Option<f32> {
        let guidance = tile.batch.guidance;
        (guidance != 1.0).then_some(guidance)
    }

    /// Folds the numbers of sample `lane` of a tile, `[sample_len]`.
    fn fold_sample(
        &self,
        tile: TileSamples<'_>,
        lane: usize,
        fold: &mut Option<SampleFold>,
        out: &mut [f32],
    ) {
        let index = tile.first + lane;
        let class = tile.batch.class_of(index, self.program.num_classes);
        let input = |input: usize| {
            let (input, _) = &self.program.inputs[input];
            let row = tile.batch.condition_of(index, &input.name, input.width);
            row.expect("the batch was checked to have every condition")
        };
        let fold = fold.get_or_insert_with(|| SampleFold::new(&self.program));
        fold.write_from(&self.program, class, input, out);
    }

    /// An earlier sample of a tile with the class and conditions of sample `lane`, whose numbers
    /// are the same.
    fn lane_alike(&self, tile: TileSamples<'_>, lane: usize) -> Option<usize> {
        let given = |lane: usize| {
            let index = tile.first + lane;
            let class = tile.batch.class_of(index, self.program.num_classes);
            let condition = if self.program.inputs.is_empty() {
                0
            } else {
                tile.batch.condition_row(index)
            };
            (class, condition)
        };
        (0..lane).find(|&before| given(before) == given(lane))
    }

    /// Folds the numbers of the unconditional pass, `[sample_len]`.
    fn fold_unconditional(&self, fold: &mut Option<SampleFold>, out: &mut [f32]) {
        let unconditional = self.program.unconditional.as_deref().unwrap_or_default();
        let fold = fold.get_or_insert_with(|| SampleFold::new(&self.program));
        fold.write_from(&self.program, None, |input| &unconditional[input], out);
    }

    /// Numbers of the parts of its memory for a few samples, all in whole lines: each sample's
    /// numbers, those of the unconditional pass, registers, and the output of the first pass.
    fn few_layout(&self, samples: usize) -> [usize; 4] {
        let numbers = whole_lines(self.sample_len);
        let out = whole_lines(self.program.dims);
        [
            samples * numbers,
            numbers,
            samples * self.few().arena,
            samples * out,
        ]
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

    fn multiply_adds(&self) -> usize {
        self.program.multiply_adds(Stage::State)
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
        let [arena, own, free, _] = self.layout();
        let width = V * S::F32_LANES;
        let rows = &mut memory.rows[arena..][..own];
        for lane in 0..tile.count {
            match self.lane_alike(tile, lane) {
                Some(before) => copy_lane::<S, V>(rows, width, before, lane),
                None => {
                    self.fold_sample(tile, lane, memory.fold, memory.numbers);
                    lane_of::<S, V>(rows, lane, width, memory.numbers);
                }
            }
        }
        if self.guidance(tile).is_some() {
            self.fold_unconditional(memory.fold, memory.numbers);
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

impl FewNetwork for PackedProgram {
    fn numbers_for(&self, samples: usize) -> usize {
        self.few_layout(samples).iter().sum()
    }

    fn begin_few(&self, tile: TileSamples<'_>, memory: &mut FewMemory<'_>) {
        if self.sample_len == 0 {
            return;
        }
        let [own, ..] = self.few_layout(tile.count);
        let (own, rest) = memory.numbers.split_at_mut(own);
        let samples = own.chunks_exact_mut(whole_lines(self.sample_len));
        for (lane, numbers) in samples.enumerate() {
            self.fold_sample(tile, lane, memory.fold, &mut numbers[..self.sample_len]);
        }
        if self.guidance(tile).is_some() {
            self.fold_unconditional(memory.fold, &mut rest[..self.sample_len]);
        }
    }

    #[inline(always)]
    fn evaluate_few<S: Simd>(
        &self,
        simd: S,
        row: usize,
        tile: TileSamples<'_>,
        x: &[f32],
        memory: &mut FewMemory<'_>,
        out: &mut [f32],
    ) {
        let mut rest = &mut *memory.numbers;
        let [own, free, arena, guided] = self.few_layout(tile.count).map(|numbers| {
            rest.split_off_mut(..numbers)
                .expect("the layout counts every part")
        });
        let conditional = Given {
            x,
            x_len: whole_lines(self.program.dims),
            step: self.steps.row(row),
            own,
            own_stride: whole_lines(self.sample_len),
        };
        self.few().pass(simd, conditional, arena, out);
        if let Some(guidance) = self.guidance(tile) {
            guided.copy_from_slice(out);
            let unconditional = Given {
                own: free,
                own_stride: 0,
                ..conditional
            };
            self.few().pass(simd, unconditional, arena, out);
            let [guided, out] = [guided, out].map(rows_of::<S, 1>);
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

/// Gives a lane the numbers of another.
fn copy_lane<S: Simd, const V: usize>(
    rows: &mut [Row<S, V>],
    width: usize,
    from: usize,
    to: usize,
) {
    for row in numbers_of::<S, V>(rows).chunks_exact_mut(width) {
        row[to] = row[from];
    }
}
