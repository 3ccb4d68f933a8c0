//! The layers of a residual MLP for a few samples.

use pulp::Simd;

use super::super::blocks::PackedWeight;
use super::super::layer::Epilogue;
use super::super::vector_math::{activate, sin_cos_quarters};
use super::ops::{load, store};
use super::panel::{PanelWeight, add_products, panels};
use crate::network::Activation;

/// The weights of a layer.
#[derive(Debug, Clone)]
pub struct FewLayer {
    outputs: usize,
    weight: PanelWeight,
}

impl FewLayer {
    /// The first outputs of a tile's layer.
    pub fn new(packed: &PackedWeight, outputs: usize) -> Self {
        let weight = PanelWeight::new(outputs, packed.inputs(), |output, input| {
            packed.weight(output, input)
        });
        Self { outputs, weight }
    }

    /// Adds the products with each sample's input, `[samples][input_len]`, to `sums`,
    /// `[samples][sums_len]`.
    #[inline(always)]
    pub fn add<S: Simd>(
        &self,
        simd: S,
        (input, input_len): (&[f32], usize),
        (sums, sums_len): (&mut [f32], usize),
    ) {
        for outputs in panels(self.outputs) {
            let samples = input
                .chunks_exact(input_len)
                .zip(sums.chunks_exact_mut(sums_len));
            let pairs = samples.map(|(input, sums)| (input, &mut sums[outputs.clone()]));
            add_products(simd, self.weight.panel(outputs.clone()), pairs);
        }
    }
}

/// A residual MLP's weights, and the quarter turns of its features a unit of a coordinate, with what
/// rounding left of them.
#[derive(Debug, Clone)]
pub struct FewMlp {
    pub quarters: [Vec<f32>; 2],
    pub proj_in: FewLayer,
    pub blocks: Vec<FewLayer>,
    pub proj_out: FewLayer,
}

/// Activation and residual of sums, in place; all in whole lines.
#[inline(always)]
pub fn finish<S: Simd>(simd: S, epilogue: Epilogue, input: &[f32], sums: &mut [f32]) {
    for at in (0..sums.len()).step_by(S::F32_LANES) {
        let mut value = load(simd, sums, at);
        if let Some(activation) = epilogue.activation {
            value = activate(simd, activation, value);
        }
        if epilogue.residual {
            value = simd.add_f32s(load(simd, input, at), value);
        }
        store(simd, sums, at, value);
    }
}

/// `out = act(sums + bias)`: what is left of a layer whose products are known.
#[inline(always)]
pub fn activate_sums<S: Simd>(
    simd: S,
    activation: Activation,
    sums: &[f32],
    bias: &[f32],
    out: &mut [f32],
) {
    for at in (0..out.len()).step_by(S::F32_LANES) {
        let sum = simd.add_f32s(load(simd, sums, at), load(simd, bias, at));
        store(simd, out, at, activate(simd, activation, sum));
    }
}

/// Writes the features of coordinate `x`: sines and cosines of the quarter turns a unit.
#[inline(always)]
pub fn embed<S: Simd>(
    simd: S,
    x: f32,
    quarters: &[Vec<f32>; 2],
    cosines_first: bool,
    out: &mut [f32],
) {
    let half = quarters[0].len();
    let (first, rest) = out.split_at_mut(half);
    let (second, end) = rest.split_at_mut(half);
    for at in (0..half).step_by(S::F32_LANES) {
        let turns = [load(simd, &quarters[0], at), load(simd, &quarters[1], at)];
        let (sin, cos) = sin_cos_quarters(simd, simd.splat_f32s(x), turns);
        let [one, other] = if cosines_first {
            [cos, sin]
        } else {
            [sin, cos]
        };
        store(simd, first, at, one);
        store(simd, second, at, other);
    }
    end.fill(0.0);
}
