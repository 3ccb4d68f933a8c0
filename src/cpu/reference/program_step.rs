//! Twin of `shaders/op/program_step.wgsl`: one step with a network of any operations, in plain
//! loops, one sample at a time. What every way to
//! run a program is tested against.

use std::sync::Arc;

use half::f16;

use crate::diffusion::Plan;
use crate::network::{Model, Op, OpKind, Program, STATE, SampleFold, Slice, Stage, StepTable};

use super::memory::StepMemory;
use super::op::activate::activate;
use super::op::combine::combine;
use super::op::linear::linear;
use super::op::multiply::multiply;
use super::op::normalize::normalize;
use super::op::scale::scale;
use super::op::waves::wave;
use super::update_step::{RoundedStep, SampleStep, update_step};

/// The program of a model with the levels of one plan.
#[derive(Debug, Clone)]
pub struct ProgramTwin {
    program: Arc<Program>,
    steps: StepTable,
    /// What becomes of the factors of products.
    stored: fn(f32) -> f32,
}

impl ProgramTwin {
    /// The network of `model` for the rows of `plan`.
    pub fn new(model: &Model, plan: &Plan) -> Self {
        let program = model.program();
        let levels = model.scheduler().schedule.train_steps();
        Self {
            steps: StepTable::new(&program, plan, levels),
            program,
            stored: |value| value,
        }
    }

    /// The same with products of numbers of f16, as matrix units make them: weights and inputs of
    /// linear operations are rounded to the nearest, and those beyond its range to its largest.
    #[must_use]
    pub fn in_f16(self) -> Self {
        Self {
            stored: |value| f16::from_f32(value.clamp(-65504.0, 65504.0)).to_f32(),
            ..self
        }
    }

    /// The output for row `at.row` under guidance, `u + G·(c − u)`, of a
    /// sample that is given `inputs`.
    ///
    /// # Panics
    /// If there is no such row or class, the inputs are not the program's, or the program cannot be
    /// guided and is to be.
    pub fn output(&self, at: SampleStep, inputs: &[&[f32]], x: &[f32], out: &mut [f32]) {
        self.pass(at.row, at.class, inputs, x, out);
        if at.guidance == 1.0 {
            return;
        }
        let free = self.program.unconditional.as_ref();
        let free = free.expect("a program that can be guided");
        let free: Vec<&[f32]> = free.iter().map(Vec::as_slice).collect();
        let mut unconditional = vec![0.0; out.len()];
        self.pass(at.row, None, &free, x, &mut unconditional);
        for (out, free) in out.iter_mut().zip(unconditional) {
            *out = at.guidance * *out + (1.0 - at.guidance) * free;
        }
    }

    fn pass(&self, row: usize, class: Option<u32>, inputs: &[&[f32]], x: &[f32], out: &mut [f32]) {
        let program = &*self.program;
        let mut fold = SampleFold::new(program);
        let mut sample = vec![0.0; fold.row_len()];
        fold.write(program, class, inputs, &mut sample);
        let mut registers: Vec<Vec<f32>> = vec![Vec::new(); program.registers.len()];
        registers[STATE] = x.to_vec();
        for (stage, numbers) in [(Stage::Step, self.steps.row(row)), (Stage::Sample, &sample)] {
            for (register, start) in program.exports(stage).0 {
                registers[register] =
                    numbers[start..][..program.registers[register].width].to_vec();
            }
        }
        for op in program.stage(Stage::State) {
            let mut value = vec![0.0; program.registers[op.out].width];
            self.write(op, &registers, &mut value);
            registers[op.out] = value;
        }
        out.copy_from_slice(&registers[program.result]);
    }

    // Long because it is one arm an operation.
    fn write(&self, op: &Op, registers: &[Vec<f32>], y: &mut [f32]) {
        let read = |slice: Slice| &registers[slice.register][slice.start..][..slice.len];
        let sum = |slices: &[Slice], y: &mut [f32]| {
            for &slice in slices {
                combine(1.0, read(slice), y);
            }
        };
        match &op.kind {
            OpKind::Linear {
                terms,
                add,
                function,
                residual,
                ..
            } => {
                sum(add, y);
                for term in terms {
                    let matrix = &self.program.weights[term.weight].1;
                    let part = [term.rows.clone(), term.cols.clone()];
                    linear(matrix, part, self.stored, read(term.input), y);
                }
                if let Some(function) = function {
                    y.iter_mut().for_each(|y| *y = activate(*function, *y));
                }
                if let Some(residual) = residual {
                    combine(1.0, read(*residual), y);
                }
            }
            OpKind::Combine { pieces } => {
                for piece in pieces {
                    for &(slice, weight) in &piece.terms {
                        combine(weight, read(slice), &mut y[piece.start..][..slice.len]);
                    }
                }
            }
            OpKind::Activate { input, function } => {
                sum(input, y);
                y.iter_mut().for_each(|y| *y = activate(*function, *y));
            }
            OpKind::Multiply {
                left,
                right,
                offset,
            } => {
                let mut factor = vec![0.0; y.len()];
                sum(right, &mut factor);
                sum(left, y);
                multiply(*offset, &factor, y);
            }
            OpKind::Scale {
                input,
                scale: by,
                shift,
            } => {
                sum(input, y);
                scale(by, shift, y);
            }
            OpKind::Normalize {
                input,
                groups,
                centred,
                eps,
                scale: by,
                shift,
            } => {
                y.copy_from_slice(read(*input));
                normalize(*groups, *centred, *eps, y);
                let ones = vec![1.0; y.len()];
                let zeros = vec![0.0; y.len()];
                scale(
                    by.as_deref().unwrap_or(&ones),
                    shift.as_deref().unwrap_or(&zeros),
                    y,
                );
            }
            OpKind::Waves { .. } => write_waves(&op.kind, sum, y),
            kind => unreachable!("no operation of the state: {kind:?}"),
        }
    }
}

fn write_waves(kind: &OpKind, sum: impl Fn(&[Slice], &mut [f32]), y: &mut [f32]) {
    let OpKind::Waves {
        input,
        rates,
        paired,
        cosines_first,
        padded,
    } = kind
    else {
        unreachable!("called for waves alone")
    };
    let mut x = vec![0.0; input[0].len];
    sum(input, &mut x);
    let count = rates.len();
    let each = 2 * count + usize::from(*padded);
    for (i, &x) in x.iter().enumerate() {
        let (start, own) = if *paired {
            (0, i..i + 1)
        } else {
            (i * each, 0..count)
        };
        for k in own {
            [y[start + k], y[start + count + k]] = wave(x, rates[k], *cosines_first);
        }
    }
}

/// Advances one sample by one row of the plan that `network` was made for, given its conditions in
/// the order of the program's inputs. Arrays as in [`update_step`].
///
/// # Panics
/// As [`ProgramTwin::output`], and if `x` and `memory` are not of `D` values.
pub fn program_step<'a>(
    network: &ProgramTwin,
    plan: &Plan,
    at: SampleStep,
    inputs: &[&[f32]],
    x: &mut [f32],
    memory: impl Into<StepMemory<'a>>,
) {
    let mut out = vec![0.0; x.len()];
    network.output(at, inputs, x, &mut out);
    update_step(&RoundedStep::new(plan, at.row), at, x, &out, memory);
}
