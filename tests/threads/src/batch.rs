//! A batch that is numbers of samples.

use std::ops::Range;

#[derive(Clone, Debug)]
pub struct Batch {
    pub first: usize,
    pub count: usize,
}

impl Batch {
    pub fn new(count: usize) -> Self {
        Self { first: 0, count }
    }

    pub fn part(&self, range: Range<usize>) -> Self {
        Self {
            first: self.first + range.start,
            count: range.len(),
        }
    }
}
