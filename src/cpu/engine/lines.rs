//! Numbers in whole cache lines.

use bytemuck::{Pod, Zeroable};

/// Numbers of a cache line, which is also the widest vector.
pub const LINE: usize = 16;

/// A cache line: a vector that straddles two costs twice.
#[derive(Debug, Clone, Copy, Zeroable, Pod)]
#[repr(C, align(64))]
struct Line([f32; LINE]);

/// Numbers that begin with a cache line.
#[derive(Debug, Clone, Default)]
pub struct Lines(Vec<Line>);

impl Lines {
    /// Makes it `numbers` long, rounded up to whole lines; what is added is zeros. Memory is
    /// allocated only where it was never as long before.
    pub fn resize(&mut self, numbers: usize) {
        self.0.resize(numbers.div_ceil(LINE), Line::zeroed());
    }

    /// All numbers.
    pub fn numbers(&self) -> &[f32] {
        bytemuck::cast_slice(&self.0)
    }

    /// All numbers.
    pub fn numbers_mut(&mut self) -> &mut [f32] {
        bytemuck::cast_slice_mut(&mut self.0)
    }
}

/// Rounds a number of values up to whole lines.
pub fn whole_lines(values: usize) -> usize {
    values.next_multiple_of(LINE)
}
