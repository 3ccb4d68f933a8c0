//! The registers of the step on the device: what a sampler keeps on the host, so that another plan
//! needs no model.

use std::sync::Arc;

use super::padding::Padding;
use super::words::Words;
use crate::diffusion::{Plan, PlanError};
use crate::network::{Program, StepTable};

/// What folds the levels of a plan.
#[derive(Debug)]
pub struct StepRows {
    program: Arc<Program>,
    padding: Padding,
    /// Levels that the model was trained on.
    train_steps: usize,
    /// Offset in bytes of row 0 in the buffer of words.
    offset: u64,
    row_len: usize,
}

impl StepRows {
    pub fn new(program: &Arc<Program>, train_steps: usize, padding: Padding) -> Self {
        let words = Words::new(program, padding);
        Self {
            program: program.clone(),
            padding,
            train_steps,
            offset: 4 * words.ops().end as u64,
            row_len: words.step_len(),
        }
    }

    /// The words that come before the rows.
    pub fn words(&self) -> Vec<u32> {
        Words::new(&self.program, self.padding).all()
    }

    /// Where the rows of a plan begin in the buffer of words, in bytes.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Numbers of a row.
    pub fn row_len(&self) -> usize {
        self.row_len
    }

    /// Whether the network can be told the levels of a plan.
    pub fn check(&self, plan: &Plan) -> Result<(), PlanError> {
        self.program.check_plan(plan, self.train_steps)
    }

    /// `[rows][row_len]`: the registers at every row of a plan.
    pub fn of(&self, plan: &Plan) -> Vec<f32> {
        StepTable::new(&self.program, plan, self.train_steps).values
    }
}
