//! Twin of `shaders/mlp/mlp_step.wgsl`: one step with the residual MLP.

use crate::diffusion::{Plan, StageCoefficients};
use crate::network::{Activation, Conditioning, Linear, Mlp, Sinusoid};

use super::denoiser::Denoiser;
use super::memory::StepMemory;
use super::update_step::{RoundedStep, SampleStep, update_step};

/// The residual MLP with the conditioning of one plan, in plain loops.
#[derive(Debug, Clone)]
pub struct MlpDenoiser<'a> {
    mlp: &'a Mlp,
    conditioning: Conditioning,
}

impl<'a> MlpDenoiser<'a> {
    /// The network for the rows of `plan`.
    pub fn new(mlp: &'a Mlp, plan: &Plan) -> Self {
        Self {
            mlp,
            conditioning: mlp.conditioning(plan),
        }
    }

    /// The output for row `row` under guidance: `u + G·(c − u)`.
    ///
    /// The last layer is linear, so the two passes are combined before it.
    ///
    /// # Panics
    /// If there is no such row or class, or `x` and `out` are not of `D` values.
    pub fn output(
        &self,
        row: usize,
        class: Option<u32>,
        guidance: f32,
        x: &[f32],
        out: &mut [f32],
    ) {
        let mut h = self.hidden(row, class, x);
        if class.is_some() && guidance != 1.0 {
            let free = self.hidden(row, None, x);
            for (h, free) in h.iter_mut().zip(free) {
                *h = guidance * *h + (1.0 - guidance) * free;
            }
        }
        let proj_out = &self.mlp.weights().proj_out;
        affine(proj_out, &proj_out.bias, &h, out);
    }

    /// The last hidden vector, `[H]`.
    fn hidden(&self, row: usize, class: Option<u32>, x: &[f32]) -> Vec<f32> {
        let (config, weights) = (self.mlp.config(), self.mlp.weights());
        let width = config.hidden_size;
        let mut bias = self.conditioning.time_row(row).to_vec();
        if let Some(class_bias) = self.conditioning.class_row(class) {
            for (bias, class_bias) in bias.iter_mut().zip(class_bias) {
                *bias += class_bias;
            }
        }
        let mut bias = bias.chunks_exact(width);
        let mut next_bias = || bias.next().expect("one bias per layer");

        let mut h = vec![0.0; width];
        affine(&weights.proj_in, next_bias(), &self.features(x), &mut h);
        h.iter_mut()
            .for_each(|h| *h = activate(config.activation, *h));
        let mut inner = vec![0.0; width];
        for block in &weights.blocks {
            affine(block, next_bias(), &h, &mut inner);
            for (h, &inner) in h.iter_mut().zip(&inner) {
                *h += activate(config.activation, inner);
            }
        }
        h
    }

    /// `φ(x)`, `[F]`.
    fn features(&self, x: &[f32]) -> Vec<f32> {
        let config = self.mlp.config();
        let Some(embedding) = &config.input_embedding else {
            return x.to_vec();
        };
        let sinusoid = Sinusoid::of_input(embedding, &config.time_embedding);
        let mut features = vec![0.0; x.len() * embedding.size];
        for (&x, features) in x.iter().zip(features.chunks_exact_mut(embedding.size)) {
            sinusoid.write(f64::from(x) * embedding.scale, features);
        }
        features.into_iter().map(|value| value as f32).collect()
    }
}

impl Denoiser for MlpDenoiser<'_> {
    fn dims(&self) -> usize {
        self.mlp.config().dims()
    }

    fn num_classes(&self) -> Option<usize> {
        self.mlp.config().num_classes
    }

    fn predict(&self, step: &StageCoefficients, class: Option<u32>, x: &[f32], out: &mut [f32]) {
        self.output(step.index, class, 1.0, x, out);
    }
}

/// Advances one sample by one row of the plan that `network` was made for. Arrays as in
/// [`update_step`].
///
/// # Panics
/// If there is no such row or class, or `x` and `memory` are not of `D` values.
pub fn mlp_step<'a>(
    network: &MlpDenoiser<'_>,
    plan: &Plan,
    at: SampleStep,
    x: &mut [f32],
    memory: impl Into<StepMemory<'a>>,
) {
    let mut out = vec![0.0; x.len()];
    network.output(at.row, at.class, at.guidance, x, &mut out);
    update_step(&RoundedStep::new(plan, at.row), at, x, &out, memory);
}

/// `y = weight · x + bias`.
fn affine(layer: &Linear, bias: &[f32], x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), layer.weight.cols, "one value per input");
    for (row, y) in y.iter_mut().enumerate() {
        let products = std::iter::zip(layer.weight.row(row), x).map(|(w, x)| w * x);
        *y = bias[row] + products.sum::<f32>();
    }
}

fn activate(activation: Activation, x: f32) -> f32 {
    match activation {
        Activation::Relu => x.max(0.0),
        Activation::Silu => x / (1.0 + (-x).exp()),
        Activation::Gelu => {
            let x = f64::from(x);
            (0.5 * x * erfc(-x * std::f64::consts::FRAC_1_SQRT_2)) as f32
        }
        Activation::GeluTanh => {
            let inner = x + 0.044715 * x * x * x;
            0.5 * x * (1.0 + ((2.0 / std::f32::consts::PI).sqrt() * inner).tanh())
        }
    }
}

/// `1 − erf(x)`, by a series of positive terms near 0 and Lentz's continued fraction elsewhere
/// (Abramowitz & Stegun 7.1.6 and 7.1.14); relative error below 1e-12 where the result is above
/// 1e-5.
pub fn erfc(x: f64) -> f64 {
    let magnitude = x.abs();
    let gaussian = (-magnitude * magnitude).exp() / std::f64::consts::PI.sqrt();
    let tail = if magnitude < 2.5 {
        let mut term = 2.0 * magnitude;
        let mut sum = term;
        for n in 1..80 {
            term *= 2.0 * magnitude * magnitude / f64::from(2 * n + 1);
            sum += term;
        }
        1.0 - gaussian * sum
    } else {
        let fraction = (1..80).rev().fold(magnitude, |fraction, n| {
            magnitude + 0.5 * f64::from(n) / fraction
        });
        gaussian / fraction
    };
    if x < 0.0 { 2.0 - tail } else { tail }
}
