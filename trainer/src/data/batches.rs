//! Rows in a random order, pass after pass.

use super::augment::Augmentation;
use super::dataset::Part;
use crate::stream::{Purpose, Stream};

/// Clean samples of a step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Batch {
    /// `[rows, D]`.
    pub values: Vec<f32>,
    /// The class of each row; empty where there are no classes.
    pub classes: Vec<u32>,
    /// `[rows, width]`, in the data's units; empty where there are no conditions.
    pub conditions: Vec<f32>,
    /// Rows.
    pub rows: usize,
}

/// The batches of a run: batch `step` is rows `step·B … step·B + B − 1` of an endless list, in which each
/// pass over the data is in an order of its own.
#[derive(Debug)]
pub struct Batches<'a> {
    data: &'a Part,
    dims: usize,
    seed: u64,
    rows: usize,
    augmentation: Augmentation,
    /// The pass whose order is at hand.
    pass: Option<u64>,
    order: Vec<u32>,
}

impl<'a> Batches<'a> {
    /// Batches of `rows` rows of `data`, which has `rows` at least.
    #[must_use]
    pub fn new(
        data: &'a Part,
        dims: usize,
        rows: usize,
        seed: u64,
        augmentation: Augmentation,
    ) -> Self {
        Self {
            data,
            dims,
            seed,
            rows,
            augmentation,
            pass: None,
            order: Vec::new(),
        }
    }

    /// The batch of a step, whatever was asked for before.
    pub fn draw(&mut self, step: usize) -> Batch {
        let mut batch = Batch {
            rows: self.rows,
            ..Batch::default()
        };
        let mut random = Stream::new(self.seed, Purpose::Augment, step as u64);
        for place in 0..self.rows {
            let row = self.row(step as u64 * self.rows as u64 + place as u64);
            let sample = &self.data.values[row * self.dims..][..self.dims];
            self.augmentation
                .extend(sample, &mut random, &mut batch.values);
            if let Some(classes) = &self.data.classes {
                batch.classes.push(classes[row]);
            }
            if let Some(conditions) = &self.data.conditions {
                let width = conditions.len() / self.data.rows;
                let own = &conditions[row * width..][..width];
                batch.conditions.extend_from_slice(own);
            }
        }
        batch
    }

    /// The row at a place of the endless list.
    fn row(&mut self, place: u64) -> usize {
        let count = self.data.rows as u64;
        let pass = place / count;
        if self.pass != Some(pass) {
            self.order = Stream::new(self.seed, Purpose::Order, pass).permutation(count as u32);
            self.pass = Some(pass);
        }
        self.order[(place % count) as usize] as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_comes_once_a_pass_and_any_step_can_be_asked_for() {
        let data = Part {
            values: (0..10).map(|v| v as f32).collect(),
            classes: None,
            conditions: None,
            rows: 10,
        };
        let batches = || Batches::new(&data, 1, 4, 3, Augmentation::none());
        let mut drawn = batches();
        let steps: Vec<Batch> = (0..5).map(|step| drawn.draw(step)).collect();
        let mut rows: Vec<f32> = steps.iter().flat_map(|b| b.values.clone()).collect();
        assert_ne!(rows[..10], rows[10..]);
        for pass in rows.chunks_exact_mut(10) {
            pass.sort_by(f32::total_cmp);
            assert_eq!(*pass, data.values);
        }
        assert_eq!(batches().draw(3), steps[3]);
    }
}
