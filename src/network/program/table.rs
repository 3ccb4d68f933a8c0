//! What the host folds: the registers of the step, once a plan, and those
//! of the sample, once a run.

use super::evaluate::Registers;
use super::op::{Lookup, OpKind, Stage};
use super::program::Program;
use crate::diffusion::{Plan, PlanError};

impl Program {
    fn registers_of(&self, stage: Stage) -> Registers {
        let sized = self.registers.iter().map(|register| {
            let width = if register.stage == stage {
                register.width
            } else {
                0
            };
            vec![0.0; width]
        });
        Registers {
            values: sized.collect(),
            time: 0,
            class: None,
        }
    }
}

impl Program {
    /// Whether an operation looks up what the network is told of a level in a table.
    fn looks_up_time(&self) -> bool {
        self.stage(Stage::Step).iter().any(|op| {
            let by = Lookup::Time;
            matches!(op.kind, OpKind::Lookup { by: found, .. } if found == by)
        })
    }

    /// Checks that the network can be told every level of a plan, which was made for `train_steps`
    /// training levels.
    ///
    /// # Errors
    /// [`PlanError::BetweenLevels`] where a level lies between two rows of a table.
    pub fn check_plan(&self, plan: &Plan, train_steps: usize) -> Result<(), PlanError> {
        if !self.looks_up_time() {
            return Ok(());
        }
        for stage in plan.stages() {
            let (timestep, level) = (stage.timestep, stage.network_level);
            let told = self.levels.told(timestep, train_steps, level);
            if told.fract() != 0.0 {
                let index = stage.index;
                return Err(PlanError::BetweenLevels { index, timestep });
            }
        }
        Ok(())
    }
}

/// The registers of [`Stage::Step`] that the state's operations read, for every step of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct StepTable {
    /// `[steps][row_len]`.
    pub values: Vec<f32>,
    /// Numbers of a step.
    pub row_len: usize,
}

impl StepTable {
    /// Folds the levels that the steps of `plan` tell the network, which was
    /// trained on `train_steps`.
    ///
    /// # Panics
    /// If a timestep of the plan is not one of the levels that the model was trained on, and the
    /// network looks it up.
    pub fn new(program: &Program, plan: &Plan, train_steps: usize) -> Self {
        let (exports, row_len) = program.exports(Stage::Step);
        let mut registers = program.registers_of(Stage::Step);
        if let Err(error) = program.check_plan(plan, train_steps) {
            panic!("{error}");
        }
        let mut values = Vec::with_capacity(row_len * plan.len());
        for step in plan.stages() {
            let levels = &program.levels;
            let time = levels.told(step.timestep, train_steps, step.network_level);
            registers.values[program.time][0] = time;
            // Read by embeddings alone, for which the levels were seen to be whole numbers.
            registers.time = time.max(0.0) as usize;
            if let Some(scale) = program.input_scale {
                registers.values[scale].fill(levels.input_scale(step.level));
            }
            registers.run(program.stage(Stage::Step), &program.weights);
            for &(register, _) in &exports {
                values.extend(registers.values[register].iter().map(|&value| value as f32));
            }
        }
        Self { values, row_len }
    }

    /// The numbers of a step, `[row_len]`.
    ///
    /// # Panics
    /// If there is no such step.
    pub fn row(&self, step: usize) -> &[f32] {
        &self.values[step * self.row_len..][..self.row_len]
    }
}

/// Folds samples one after the other, without allocating memory for each.
#[derive(Debug, Clone)]
pub struct SampleFold {
    registers: Registers,
    exports: Vec<(usize, usize)>,
    row_len: usize,
}

impl SampleFold {
    /// For the samples of a program.
    pub fn new(program: &Program) -> Self {
        let (exports, row_len) = program.exports(Stage::Sample);
        Self {
            registers: program.registers_of(Stage::Sample),
            exports,
            row_len,
        }
    }

    /// Numbers of a sample.
    pub fn row_len(&self) -> usize {
        self.row_len
    }

    /// Writes the registers of [`Stage::Sample`] that the state's operations read, `[row_len]`, for
    /// a class and a vector for each of the program's inputs.
    ///
    /// # Panics
    /// If there is no such class, or inputs or `out` are not of their lengths.
    pub fn write(
        &mut self,
        program: &Program,
        class: Option<u32>,
        inputs: &[&[f32]],
        out: &mut [f32],
    ) {
        assert_eq!(inputs.len(), program.inputs.len(), "one vector an input");
        self.write_from(program, class, |input| inputs[input], out);
    }

    /// As [`SampleFold::write`], with the vector of each input by its index.
    ///
    /// # Panics
    /// As [`SampleFold::write`].
    pub fn write_from<'i>(
        &mut self,
        program: &Program,
        class: Option<u32>,
        input: impl Fn(usize) -> &'i [f32],
        out: &mut [f32],
    ) {
        assert_eq!(out.len(), self.row_len);
        for (index, (_, register)) in program.inputs.iter().enumerate() {
            let (values, numbers) = (&mut self.registers.values[*register], input(index));
            assert_eq!(
                values.len(),
                numbers.len(),
                "one number a value of the input"
            );
            for (value, &number) in values.iter_mut().zip(numbers) {
                *value = number.into();
            }
        }
        self.registers.class = class;
        self.registers
            .run(program.stage(Stage::Sample), &program.weights);
        for &(register, start) in &self.exports {
            let values = &self.registers.values[register];
            for (out, &value) in out[start..].iter_mut().zip(values) {
                *out = value as f32;
            }
        }
    }
}
