//! Sinusoidal features of a scalar, as diffusers' `get_timestep_embedding` computes them.

use super::format::{InputEmbedding, TimeEmbedding};

/// Features `[sin(xω₀) … sin(xω_{n−1}), cos(xω₀) … cos(xω_{n−1})]` with `ω_k = max_period^(−k/(n −
/// shift))` and `n = ⌊size/2⌋`, or the cosines first; an odd size ends with a zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Sinusoid {
    size: usize,
    frequencies: Vec<f64>,
    cosines_first: bool,
}

impl Sinusoid {
    /// The features of a timestep.
    pub fn of_time(config: &TimeEmbedding) -> Self {
        Self {
            size: config.size,
            frequencies: frequencies(config.size, config.downscale_freq_shift, config.max_period),
            cosines_first: config.flip_sin_to_cos,
        }
    }

    /// The features of a coordinate that was already multiplied by the embedding's scale: the
    /// time's sinusoid (its order and period) with shift 1.
    pub fn of_input(input: &InputEmbedding, time: &TimeEmbedding) -> Self {
        Self {
            size: input.size,
            frequencies: frequencies(input.size, 1.0, time.max_period),
            cosines_first: time.flip_sin_to_cos,
        }
    }

    /// Features per scalar.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether the cosines come before the sines.
    pub fn cosines_first(&self) -> bool {
        self.cosines_first
    }

    /// The angular frequencies `ω`, of which there are `⌊size/2⌋`.
    pub fn frequencies(&self) -> &[f64] {
        &self.frequencies
    }

    /// Writes the features of `x`.
    ///
    /// # Panics
    /// If `out` is not of [`Sinusoid::size`] values.
    pub fn write(&self, x: f64, out: &mut [f64]) {
        assert_eq!(out.len(), self.size, "one value per feature");
        let half = self.frequencies.len();
        for (k, frequency) in self.frequencies.iter().enumerate() {
            let (sin, cos) = (x * frequency).sin_cos();
            let (first, second) = if self.cosines_first {
                (cos, sin)
            } else {
                (sin, cos)
            };
            out[k] = first;
            out[half + k] = second;
        }
        out[2 * half..].fill(0.0);
    }
}

fn frequencies(size: usize, shift: f64, max_period: f64) -> Vec<f64> {
    let half = size / 2;
    (0..half)
        .map(|k| (-max_period.ln() * k as f64 / (half as f64 - shift)).exp())
        .collect()
}
