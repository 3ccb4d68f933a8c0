//! The products of a few samples: vectors over outputs, where tiles have vectors over samples.
//!
//! One sample in a tile leaves all lanes of its vectors but one empty. Here every lane is an output
//! of that sample. Each output is still the same chain of multiply-adds over the inputs in their
//! order, so a sample's bits are those that it has in a tile.

use std::ops::Range;

use pulp::Simd;

use super::super::lines::{Lines, whole_lines};
use crate::network::Matrix;

/// Outputs in a panel: with AVX-512 four vectors, as many as hide the latency of a multiply-add.
const PANEL: usize = 64;

/// A weight matrix in the order in which it is read: panels of outputs, each `[inputs][its
/// outputs]`, the outputs rounded up to whole lines.
#[derive(Debug, Clone)]
pub struct PanelWeight {
    inputs: usize,
    outputs: usize,
    weights: Lines,
}

/// Some outputs of a matrix, and their weights, `[inputs][outputs]`.
#[derive(Debug, Clone, Copy)]
pub struct Panel<'a> {
    pub outputs: usize,
    weights: &'a [f32],
}

impl PanelWeight {
    /// Some of a matrix's rows and columns.
    pub fn of(matrix: &Matrix, rows: Range<usize>, cols: Range<usize>) -> Self {
        Self::new(rows.len(), cols.len(), |output, input| {
            matrix.row(rows.start + output)[cols.start + input]
        })
    }

    /// The matrix of these weights.
    pub fn new(outputs: usize, inputs: usize, weight: impl Fn(usize, usize) -> f32) -> Self {
        let mut weights = Lines::default();
        weights.resize(whole_lines(outputs) * inputs);
        let mut numbers = weights.numbers_mut().iter_mut();
        for panel in panels(outputs) {
            for input in 0..inputs {
                for (output, number) in panel.clone().zip(&mut numbers) {
                    if output < outputs {
                        *number = weight(output, input);
                    }
                }
            }
        }
        Self {
            inputs,
            outputs: whole_lines(outputs),
            weights,
        }
    }

    /// The panel of some outputs, which [`panels`] gave.
    #[inline(always)]
    pub fn panel(&self, outputs: Range<usize>) -> Panel<'_> {
        debug_assert!(outputs.end <= self.outputs);
        Panel {
            outputs: outputs.len(),
            // Those before it are all of `PANEL` outputs, so that they end here.
            weights: &self.weights.numbers()[outputs.start * self.inputs..]
                [..outputs.len() * self.inputs],
        }
    }
}

/// The outputs of each panel, in whole lines.
pub fn panels(outputs: usize) -> impl Iterator<Item = Range<usize>> {
    let end = whole_lines(outputs);
    (0..end)
        .step_by(PANEL)
        .map(move |first| first..end.min(first + PANEL))
}

/// Vectors of sums that the registers have room for.
#[inline(always)]
fn sums_at_once<S: Simd>() -> usize {
    // AVX2 has 16 registers, AVX-512 and NEON 32.
    if S::F32_LANES == 8 { 8 } else { 16 }
}

/// Adds a panel's products with each sample's inputs to its sums. `pairs` are the two, the sums of
/// the panel's outputs; each weight is read once for up to four samples.
#[inline(always)]
pub fn add_products<'v, S: Simd>(
    simd: S,
    panel: Panel<'_>,
    pairs: impl ExactSizeIterator<Item = (&'v [f32], &'v mut [f32])>,
) {
    let mut left = pairs.len();
    let mut pairs = pairs;
    while left > 0 {
        left -= match left {
            4.. => add_group::<S, 4>(simd, panel, &mut pairs),
            2.. => add_group::<S, 2>(simd, panel, &mut pairs),
            _ => add_group::<S, 1>(simd, panel, &mut pairs),
        };
    }
}

/// The same for the next `N` samples; returns `N`.
#[inline(always)]
fn add_group<'v, S: Simd, const N: usize>(
    simd: S,
    panel: Panel<'_>,
    pairs: &mut impl Iterator<Item = (&'v [f32], &'v mut [f32])>,
) -> usize {
    let mut inputs: [&[f32]; N] = [&[]; N];
    let mut sums = inputs.each_mut().map(|kept| {
        let (input, sums) = pairs.next().expect("as many as there are samples");
        *kept = input;
        S::as_mut_simd_f32s(&mut sums[..panel.outputs]).0
    });
    let vectors = panel.outputs / S::F32_LANES;
    let most = (sums_at_once::<S>() / N).min(PANEL / S::F32_LANES);
    let mut first = 0;
    while first < vectors {
        let sums = sums.each_mut().map(|sums| &mut sums[first..]);
        first += match (vectors - first).min(most) {
            16.. => columns::<S, 16, N>(simd, panel, first, inputs, sums),
            8.. => columns::<S, 8, N>(simd, panel, first, inputs, sums),
            4.. => columns::<S, 4, N>(simd, panel, first, inputs, sums),
            2.. => columns::<S, 2, N>(simd, panel, first, inputs, sums),
            _ => columns::<S, 1, N>(simd, panel, first, inputs, sums),
        };
    }
    N
}

/// The same for `R` vectors of outputs from vector `first` of the panel on; returns `R`.
#[inline(always)]
fn columns<S: Simd, const R: usize, const N: usize>(
    simd: S,
    panel: Panel<'_>,
    first: usize,
    inputs: [&[f32]; N],
    sums: [&mut [S::f32s]; N],
) -> usize {
    let mut totals: [[S::f32s; R]; N] = sums
        .each_ref()
        .map(|sums| *sums.first_chunk().expect("R of them"));
    for (k, weights) in panel.weights.chunks_exact(panel.outputs).enumerate() {
        let weights = &S::as_simd_f32s(weights).0[first..][..R];
        for (totals, input) in totals.iter_mut().zip(&inputs) {
            let input = simd.splat_f32s(input[k]);
            for (total, &weight) in totals.iter_mut().zip(weights) {
                *total = simd.mul_add_e_f32s(weight, input, *total);
            }
        }
    }
    for (sums, totals) in sums.into_iter().zip(totals) {
        sums[..R].copy_from_slice(&totals);
    }
    R
}
