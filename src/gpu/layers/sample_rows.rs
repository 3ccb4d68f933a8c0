//! The registers of the sample: folded once for every class and condition of a batch.

use std::collections::HashMap;
use std::ops::Range;

use crate::batch::Batch;
use crate::network::{Program, SampleFold};

/// Registers of the sample for some samples of a batch.
pub struct SampleRows {
    /// `[rows][row_len]`; row 0 is that of the unconditional pass.
    pub values: Vec<f32>,
    /// The row of each sample.
    pub rows: Vec<u32>,
}

impl SampleRows {
    /// Folds what the samples `samples` of a batch are given.
    pub fn new(program: &Program, batch: &Batch, samples: Range<usize>) -> Self {
        let mut fold = SampleFold::new(program);
        let len = fold.row_len();
        let mut values = vec![0.0; len];
        if let Some(free) = &program.unconditional {
            let free: Vec<&[f32]> = free.iter().map(Vec::as_slice).collect();
            fold.write(program, None, &free, &mut values);
        }
        let mut known = HashMap::new();
        let rows = samples.map(|index| {
            let class = batch.class_of(index, program.num_classes);
            let condition = if program.inputs.is_empty() {
                0
            } else {
                batch.condition_row(index)
            };
            *known.entry((class, condition)).or_insert_with(|| {
                let inputs = program.inputs.iter().map(|(input, _)| {
                    let row = batch.condition_of(index, &input.name, input.width);
                    row.expect("the batch was checked to have every condition")
                });
                let inputs: Vec<&[f32]> = inputs.collect();
                let row = values.len() / len.max(1);
                values.resize(values.len() + len, 0.0);
                fold.write(program, class, &inputs, &mut values[row * len..]);
                row as u32
            })
        });
        let rows = rows.collect();
        Self { values, rows }
    }

    /// Most rows that `count` samples of a program can have, with that of the unconditional pass.
    pub fn most(program: &Program, count: usize) -> usize {
        let kinds = match (program.inputs.is_empty(), program.num_classes) {
            (false, _) => count,
            (true, Some(classes)) => (classes + 1).min(count),
            (true, None) => 1,
        };
        1 + kinds
    }
}
