//! Values while a program is compiled: concatenations of parts, each a sum kept apart by stage.

use super::op::{Slice, Stage};

/// A part of a value: the sum of at most one slice of each stage, all of one length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    pub len: usize,
    /// By [`Stage`].
    pub slices: [Option<Slice>; 3],
}

impl Part {
    pub fn of(stage: Stage, slice: Slice) -> Self {
        let mut slices = [None; 3];
        slices[stage as usize] = Some(slice);
        Self {
            len: slice.len,
            slices,
        }
    }

    /// `len` values from `start` on.
    pub fn part(self, start: usize, len: usize) -> Self {
        Self {
            len,
            slices: self
                .slices
                .map(|one| one.map(|slice| slice.part(start, len))),
        }
    }

    /// The slices that are added.
    pub fn sum(&self) -> Vec<Slice> {
        self.slices.iter().flatten().copied().collect()
    }

    /// The stage of all of it, if it is one.
    pub fn stage(&self) -> Option<Stage> {
        match self.slices {
            [Some(_), None, None] => Some(Stage::Step),
            [None, Some(_), None] => Some(Stage::Sample),
            [None, None, Some(_)] => Some(Stage::State),
            _ => None,
        }
    }
}

/// A concatenation of parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Value(pub Vec<Part>);

impl Value {
    pub fn width(&self) -> usize {
        self.0.iter().map(|part| part.len).sum()
    }

    /// The parts cut further, at every end of a part of `others`, which are as wide.
    pub fn cut_like(&self, others: &[&Self]) -> Vec<Part> {
        let mut ends: Vec<usize> = Vec::new();
        for value in others.iter().copied().chain([self]) {
            let mut end = 0;
            ends.extend(value.0.iter().map(|part| {
                end += part.len;
                end
            }));
        }
        ends.sort_unstable();
        ends.dedup();
        let mut cut = Vec::with_capacity(ends.len());
        let (mut start, mut first) = (0, 0);
        let mut parts = self.0.iter();
        let mut current = parts.next();
        for end in ends {
            while let Some(part) = current
                && first + part.len <= start
            {
                first += part.len;
                current = parts.next();
            }
            if let Some(part) = current {
                cut.push(part.part(start - first, end - start));
            }
            start = end;
        }
        cut
    }
}
