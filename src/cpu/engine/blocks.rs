//! Products of a tile: weights in the order in which they are read, and sums that stay in registers.
//!
//! Activations are stored feature by feature, the samples of the tile side by side in vectors, so
//! that every sample has a lane to itself. Each value is the same chain of multiply-adds over the
//! inputs in their order, whatever the width of the vectors, wherever the sample lies and however
//! many outputs are made at once: a sample cannot depend on its place.

use std::ops::Range;

use pulp::Simd;

use crate::network::{Linear, Matrix};

/// Outputs of a block. Times the vectors of a tile these are the sums held in registers: 6 × 4 of
/// 32 with AVX-512 and NEON, 6 × 2 of 16 with AVX2.
pub const BLOCK: usize = 6;

/// A row of a tile: one feature of all its samples, in `V` vectors.
pub type Row<S, const V: usize> = [<S as Simd>::f32s; V];

/// The rows of a block of outputs.
pub type BlockRows<S, const V: usize> = [Row<S, V>; BLOCK];

/// Rounds a number of outputs up to whole blocks; the rows in excess hold what zero weights give.
pub fn padded(outputs: usize) -> usize {
    outputs.next_multiple_of(BLOCK)
}

/// A weight matrix in the order in which it is read: `[⌈outputs/BLOCK⌉][inputs][BLOCK]`.
#[derive(Debug, Clone)]
pub struct PackedWeight {
    inputs: usize,
    weights: Vec<[f32; BLOCK]>,
}

impl PackedWeight {
    pub fn new(layer: &Linear) -> Self {
        let matrix = &layer.weight;
        Self::of(matrix, 0..matrix.rows, 0..matrix.cols)
    }

    /// Some of a matrix's rows and columns.
    pub fn of(matrix: &Matrix, rows: Range<usize>, cols: Range<usize>) -> Self {
        let mut weights = Vec::with_capacity(padded(rows.len()) / BLOCK * cols.len());
        for first in rows.clone().step_by(BLOCK) {
            weights.extend(cols.clone().map(|input| {
                std::array::from_fn(|row| match first + row {
                    output if output < rows.end => matrix.row(output)[input],
                    _ => 0.0,
                })
            }));
        }
        Self {
            inputs: cols.len(),
            weights,
        }
    }

    /// How many inputs it has.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The weight of an input in an output.
    pub fn weight(&self, output: usize, input: usize) -> f32 {
        self.block(output / BLOCK)[input][output % BLOCK]
    }

    /// The weights of a block of outputs, `[inputs][BLOCK]`.
    #[inline(always)]
    fn block(&self, block: usize) -> &[[f32; BLOCK]] {
        &self.weights[block * self.inputs..][..self.inputs]
    }

    /// Adds the products of `input`, of which there are as many rows as the matrix has inputs, to
    /// blocks `first..first + B`.
    #[inline(always)]
    pub fn add_products<S: Simd, const V: usize, const B: usize>(
        &self,
        simd: S,
        first: usize,
        input: &[Row<S, V>],
        out: &mut [BlockRows<S, V>; B],
    ) {
        let mut weights: [&[[f32; BLOCK]]; B] = [&[]; B];
        for (block, weights) in weights.iter_mut().enumerate() {
            *weights = self.block(first + block);
        }
        // A copy that no index but constants is put to, so that it stays in registers.
        let mut sums = *out;
        for (k, input) in input[..self.inputs].iter().enumerate() {
            for (sums, weights) in sums.iter_mut().zip(weights) {
                for (sums, weight) in sums.iter_mut().zip(weights[k]) {
                    let weight = simd.splat_f32s(weight);
                    for (sum, &input) in sums.iter_mut().zip(input) {
                        *sum = simd.mul_add_e_f32s(weight, input, *sum);
                    }
                }
            }
        }
        *out = sums;
    }
}

/// What makes blocks of outputs.
///
/// By loops and without closures, as those of an array's `map` and `from_fn` may not be inlined, and
/// are then compiled for the plainest processor.
pub trait Blocks<S: Simd, const V: usize> {
    /// Writes blocks `first..first + B`.
    fn write<const B: usize>(&self, simd: S, first: usize, out: &mut [BlockRows<S, V>; B]);
}

/// Makes all blocks of `out`, as many at once as the registers hold sums of: one block of a narrow
/// tile has fewer than hide the latency of a multiply-add.
#[inline(always)]
pub fn write_blocks<S: Simd, const V: usize>(
    simd: S,
    blocks: &impl Blocks<S, V>,
    out: &mut [Row<S, V>],
) {
    // Of registers AVX2 has 16, AVX-512 and NEON 32.
    let vectors = if S::F32_LANES == 8 { 2 } else { 4 };
    let most = (vectors / V).max(1);
    let mut rest = out.as_chunks_mut::<BLOCK>().0;
    let mut first = 0;
    while !rest.is_empty() {
        let made = match rest.len().min(most) {
            4.. => write_some::<S, V, 4>(simd, blocks, first, rest),
            2.. => write_some::<S, V, 2>(simd, blocks, first, rest),
            _ => write_some::<S, V, 1>(simd, blocks, first, rest),
        };
        rest = &mut rest[made..];
        first += made;
    }
}

/// Makes the next `B` blocks; returns `B`.
#[inline(always)]
fn write_some<S: Simd, const V: usize, const B: usize>(
    simd: S,
    blocks: &impl Blocks<S, V>,
    first: usize,
    rest: &mut [BlockRows<S, V>],
) -> usize {
    let out = rest.first_chunk_mut().expect("as many are left");
    blocks.write::<B>(simd, first, out);
    B
}
