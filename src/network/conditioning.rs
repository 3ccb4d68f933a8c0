//! Time and class, folded into biases on the host.
//!
//! All samples of a step share the timestep, and the conditioning of a layer is linear in `e`, so
//! what reaches layer `j` is `bias_j + conditioning_j · time(t)`, one vector per step, plus
//! `conditioning_j · class(y)`, one vector per class. Both are computed here, once per plan, in
//! `f64`, and rounded to `f32` once. The kernels only add them.

use super::format::{Linear, Matrix, MlpConfig, MlpWeights};
use super::sinusoid::Sinusoid;

/// The biases of every layer, per step and per class. Layer 0 is `proj_in`, layer `1 + i` is block
/// `i`.
#[derive(Debug, Clone, PartialEq)]
pub struct Conditioning {
    /// `[rows][layers][H]`: the layer's own bias and the part of the timestep; row `r` belongs to
    /// row `r` of the plan.
    pub time_bias: Vec<f32>,
    /// `[num_classes + 1][layers][H]`: the part of the class, the last row for "no class"; empty
    /// without classes.
    pub class_bias: Vec<f32>,
    /// `layers × H`: the length of a row of either.
    pub row_len: usize,
}

impl Conditioning {
    /// Folds the timesteps that the rows of a plan tell the network.
    pub fn new(
        config: &MlpConfig,
        weights: &MlpWeights,
        timesteps: impl IntoIterator<Item = f64>,
    ) -> Self {
        let row_len = config.layers() * config.hidden_size;
        let biases: Vec<&[f32]> = std::iter::once(&weights.proj_in)
            .chain(&weights.blocks)
            .map(|layer| layer.bias.as_slice())
            .collect();
        let sinusoid = Sinusoid::of_time(&config.time_embedding);
        let mut features = vec![0.0; sinusoid.size()];
        let mut time_bias = Vec::new();
        for timestep in timesteps {
            sinusoid.write(timestep, &mut features);
            let embedding = match &weights.time_mlp {
                Some([first, second]) => {
                    let hidden: Vec<f64> = affine(first, &features).map(silu).collect();
                    affine(second, &hidden).collect()
                }
                None => features.clone(),
            };
            for (matrix, bias) in weights.conditioning.iter().zip(&biases) {
                let folded = (0..matrix.rows)
                    .map(|row| f64::from(bias[row]) + dot(matrix.row(row), &embedding));
                time_bias.extend(folded.map(|value| value as f32));
            }
        }
        let mut class_bias = Vec::new();
        if let Some(classes) = &weights.class_embedding {
            class_bias.reserve_exact(classes.rows * row_len);
            for class in 0..classes.rows {
                let embedding: Vec<f64> = classes.row(class).iter().map(|&v| v.into()).collect();
                for matrix in &weights.conditioning {
                    class_bias.extend(product(matrix, &embedding).map(|value| value as f32));
                }
            }
        }
        Self {
            time_bias,
            class_bias,
            row_len,
        }
    }

    /// `[layers][H]`: the biases of a row of the plan.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn time_row(&self, row: usize) -> &[f32] {
        &self.time_bias[row * self.row_len..][..self.row_len]
    }

    /// `[layers][H]`: what a class adds, or "no class"; nothing when the model has no classes.
    ///
    /// # Panics
    /// If there is no such class.
    pub fn class_row(&self, class: Option<u32>) -> Option<&[f32]> {
        let no_class = (self.class_bias.len() / self.row_len).checked_sub(1)?;
        let row = class.map_or(no_class, |class| class as usize);
        Some(&self.class_bias[row * self.row_len..][..self.row_len])
    }
}

fn silu(x: f64) -> f64 {
    x / (1.0 + (-x).exp())
}

fn affine(layer: &Linear, x: &[f64]) -> impl Iterator<Item = f64> {
    product(&layer.weight, x)
        .zip(&layer.bias)
        .map(|(value, &bias)| value + f64::from(bias))
}

fn product(matrix: &Matrix, x: &[f64]) -> impl Iterator<Item = f64> {
    (0..matrix.rows).map(move |row| dot(matrix.row(row), x))
}

/// In eight partial sums, which the compiler turns into vectors: long plans of wide models spend
/// their time here.
fn dot(weights: &[f32], x: &[f64]) -> f64 {
    let (weights, x) = (weights.chunks_exact(8), x.chunks_exact(8));
    let tail: f64 = std::iter::zip(weights.remainder(), x.remainder())
        .map(|(&w, &x)| f64::from(w) * x)
        .sum();
    let mut sums = [0.0; 8];
    for (w, x) in weights.zip(x) {
        for lane in 0..8 {
            sums[lane] += f64::from(w[lane]) * x[lane];
        }
    }
    sums.iter().sum::<f64>() + tail
}
