//! The linear operation of a program for a tile of samples: products, and in the same pass what is
//! added to them, a function and a residual.

use pulp::Simd;

use crate::network::{Function, OpKind};

use super::blocks::{BLOCK, BlockRows, Blocks, PackedWeight, Row, write_blocks};
use super::functions::apply_all;
use super::placement::{PackedOp, Place};
use super::program_ops::{Inputs, sum, value};

/// Computes a linear operation into `out`, its width in whole blocks.
#[inline(always)]
pub fn product<S: Simd, const V: usize>(
    simd: S,
    op: &PackedOp<PackedWeight>,
    inputs: &Inputs<'_, Row<S, V>>,
    out: &mut [Row<S, V>],
) {
    let OpKind::Linear {
        function, residual, ..
    } = &op.kind
    else {
        unreachable!("called for linear operations alone")
    };
    let (terms, rest) = op.reads.split_at(op.weights.len());
    let (add, residual) = rest.split_at(rest.len() - usize::from(residual.is_some()));
    let product = Product {
        weights: &op.weights,
        terms,
        add,
        function: *function,
        residual: residual.first().copied(),
        width: op.width,
        inputs,
    };
    write_blocks(simd, &product, out);
}

/// A linear operation taken apart.
struct Product<'a, R> {
    weights: &'a [PackedWeight],
    /// What each weight is multiplied with.
    terms: &'a [Place],
    /// What the products are added to.
    add: &'a [Place],
    function: Option<Function>,
    residual: Option<Place>,
    width: usize,
    inputs: &'a Inputs<'a, R>,
}

impl<S: Simd, const V: usize> Blocks<S, V> for Product<'_, Row<S, V>> {
    #[inline(always)]
    fn write<const B: usize>(&self, simd: S, first: usize, out: &mut [BlockRows<S, V>; B]) {
        let outputs = first * BLOCK..;
        for (output, out) in outputs.clone().zip(out.as_flattened_mut()) {
            *out = if self.add.is_empty() || output >= self.width {
                [simd.splat_f32s(0.0); V]
            } else {
                sum(simd, self.inputs, self.add, output)
            };
        }
        for (weight, &place) in self.weights.iter().zip(self.terms) {
            weight.add_products(simd, first, self.inputs.rows(place), out);
        }
        let out = out.as_flattened_mut();
        if let Some(function) = self.function {
            apply_all(simd, function, out.as_flattened_mut());
        }
        if let Some(residual) = self.residual {
            for (output, out) in (outputs.start..self.width).zip(out) {
                let residual = value(simd, self.inputs, residual, output);
                for (out, residual) in out.iter_mut().zip(residual) {
                    *out = simd.add_f32s(residual, *out);
                }
            }
        }
    }
}
