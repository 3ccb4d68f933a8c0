//! One layer of the residual MLP for a tile of samples: the product, and in the same pass bias,
//! activation and residual.

use pulp::Simd;

use crate::network::Activation;

use super::blocks::{BLOCK, BlockRows, Blocks, PackedWeight, Row, write_blocks};
use super::vector_math::activate;

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
    let blocks = Layer {
        weight,
        bias,
        epilogue,
        input,
    };
    write_blocks(simd, &blocks, output);
}

/// What [`layer`] is given.
struct Layer<'a, R> {
    weight: &'a PackedWeight,
    bias: Bias<'a, R>,
    epilogue: Epilogue,
    input: &'a [R],
}

impl<S: Simd, const V: usize> Blocks<S, V> for Layer<'_, Row<S, V>> {
    #[inline(always)]
    fn write<const B: usize>(&self, simd: S, first: usize, out: &mut [BlockRows<S, V>; B]) {
        let outputs = first * BLOCK..(first + B) * BLOCK;
        let shared = &self.bias.shared[outputs.clone()];
        for (out, &bias) in out.as_flattened_mut().iter_mut().zip(shared) {
            *out = [simd.splat_f32s(bias); V];
        }
        if let Some(own) = self.bias.own {
            let own = own[outputs.clone()].as_flattened();
            let out = out.as_flattened_mut().as_flattened_mut();
            for (out, &own) in out.iter_mut().zip(own) {
                *out = simd.add_f32s(*out, own);
            }
        }
        self.weight.add_products(simd, first, self.input, out);
        let out = out.as_flattened_mut();
        if let Some(activation) = self.epilogue.activation {
            for value in out.as_flattened_mut() {
                *value = activate(simd, activation, *value);
            }
        }
        if self.epilogue.residual {
            let input = &self.input[outputs];
            for (values, input) in out.iter_mut().zip(input) {
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
