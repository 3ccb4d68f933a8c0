//! One layer of the network for a tile of samples: the product, and in the same pass bias,
//! activation and residual.
//!
//! Activations are stored feature by feature, the samples of the tile side by side in vectors, so
//! that every sample has a lane to itself. Each value is the same chain of multiply-adds over the
//! inputs in their order, whatever the width of the vectors and wherever the sample lies: a sample
//! cannot depend on its place.

use std::ops::Range;

use pulp::Simd;

use crate::network::{Activation, Linear, Matrix};

use super::vector_math::activate;

/// Outputs computed at a time. Times the vectors of a tile these are the sums held in registers: 6
/// × 4 of 32 with AVX-512 and NEON, 6 × 2 of 16 with AVX2.
pub const BLOCK: usize = 6;

/// A row of a tile: one feature of all its samples, in `V` vectors.
pub type Row<S, const V: usize> = [<S as Simd>::f32s; V];

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
    pub fn block(&self, block: usize) -> &[[f32; BLOCK]] {
        &self.weights[block * self.inputs..][..self.inputs]
    }
}

/// What is added to the products.
#[derive(Clone, Copy)]
pub struct Bias<'a, R> {
    /// `[padded outputs]`: the same for all samples.
    pub shared: &'a [f32],
    /// `[padded outputs]`: each sample's own, where the samples of the tile differ in class.
    pub own: Option<&'a [R]>,
}

/// What follows the product.
#[derive(Clone, Copy)]
pub struct Epilogue {
    pub activation: Option<Activation>,
    /// Whether the layer's input is added last.
    pub residual: bool,
}

impl Epilogue {
    pub const NONE: Self = Self {
        activation: None,
        residual: false,
    };
}

/// `output = weight · input + bias`, and its [`Epilogue`].
#[inline(always)]
pub fn layer<S: Simd, const V: usize>(
    simd: S,
    weight: &PackedWeight,
    bias: Bias<'_, Row<S, V>>,
    epilogue: Epilogue,
    input: &[Row<S, V>],
    output: &mut [Row<S, V>],
) {
    let inputs = &input[..weight.inputs];
    let blocks = weight.weights.chunks_exact(weight.inputs);
    let outputs = output.as_chunks_mut::<BLOCK>().0;
    let shared = bias.shared.as_chunks::<BLOCK>().0;
    for (block, ((weights, output), shared)) in blocks.zip(outputs).zip(shared).enumerate() {
        // Not by `map`, which is a call of its own where it is not inlined, without wide vectors.
        let mut sums = [[simd.splat_f32s(0.0); V]; BLOCK];
        for (sums, &bias) in sums.iter_mut().zip(shared) {
            *sums = [simd.splat_f32s(bias); V];
        }
        if let Some(own) = bias.own {
            let own = &own.as_chunks::<BLOCK>().0[block];
            for (sums, own) in sums.iter_mut().zip(own) {
                for (sum, &own) in sums.iter_mut().zip(own) {
                    *sum = simd.add_f32s(*sum, own);
                }
            }
        }
        for (weights, inputs) in weights.iter().zip(inputs) {
            for (sums, &weight) in sums.iter_mut().zip(weights) {
                let weight = simd.splat_f32s(weight);
                for (sum, &input) in sums.iter_mut().zip(inputs) {
                    *sum = simd.mul_add_e_f32s(weight, input, *sum);
                }
            }
        }
        *output = sums;
        if let Some(activation) = epilogue.activation {
            for value in output.as_flattened_mut() {
                *value = activate(simd, activation, *value);
            }
        }
        if epilogue.residual {
            let input = &input.as_chunks::<BLOCK>().0[block];
            for (values, input) in output.iter_mut().zip(input) {
                for (value, &input) in values.iter_mut().zip(input) {
                    *value = simd.add_f32s(input, *value);
                }
            }
        }
    }
}

/// `output = act(sums + bias)`: what is left of a layer whose products are known.
#[inline(always)]
pub fn finish<S: Simd, const V: usize>(
    simd: S,
    sums: &[Row<S, V>],
    bias: Bias<'_, Row<S, V>>,
    activation: Activation,
    output: &mut [Row<S, V>],
) {
    for (i, (output, sums)) in output.iter_mut().zip(sums).enumerate() {
        let shared = simd.splat_f32s(bias.shared[i]);
        for (vector, (output, &sum)) in output.iter_mut().zip(sums).enumerate() {
            let own = bias
                .own
                .map_or(shared, |own| simd.add_f32s(shared, own[i][vector]));
            *output = activate(simd, activation, simd.add_f32s(sum, own));
        }
    }
}
