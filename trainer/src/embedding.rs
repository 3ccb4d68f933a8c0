//! Sinusoids: diffusers' `get_timestep_embedding`, for time and for coordinates.

use crate::format::{InputEmbedding, TimeEmbedding};

/// Angular frequencies `max_period^(−k/(half − shift))`, `k = 0 … half−1`.
fn frequencies(size: usize, shift: f64, max_period: f64) -> Vec<f64> {
    let half = size / 2;
    (0..half)
        .map(|k| (-max_period.ln() * k as f64 / (half as f64 - shift)).exp())
        .collect()
}

/// Writes the sinusoids of scalars as rows of features.
#[derive(Debug, Clone)]
pub(crate) struct Sinusoid {
    frequencies: Vec<f64>,
    size: usize,
    cos_first: bool,
    scale: f64,
}

impl Sinusoid {
    /// The sinusoid of the timestep.
    pub(crate) fn of_time(config: &TimeEmbedding) -> Self {
        Self {
            frequencies: frequencies(config.size, config.downscale_freq_shift, config.max_period),
            size: config.size,
            cos_first: config.flip_sin_to_cos,
            scale: 1.0,
        }
    }

    /// The sinusoid of one coordinate.
    pub(crate) fn of_input(config: &InputEmbedding) -> Self {
        Self {
            frequencies: frequencies(config.size, 1.0, 10_000.0),
            size: config.size,
            cos_first: false,
            scale: config.scale,
        }
    }

    /// Appends `size` features of each value to `rows`; an odd size ends with a zero.
    pub(crate) fn extend(&self, values: impl IntoIterator<Item = f64>, rows: &mut Vec<f32>) {
        let half = self.frequencies.len();
        for value in values {
            let start = rows.len();
            rows.resize(start + self.size, 0.0);
            let row = &mut rows[start..];
            for (k, frequency) in self.frequencies.iter().enumerate() {
                let (sin, cos) = (value * self.scale * frequency).sin_cos();
                let (first, second) = if self.cos_first {
                    (cos, sin)
                } else {
                    (sin, cos)
                };
                row[k] = first as f32;
                row[half + k] = second as f32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `get_timestep_embedding(torch.tensor([3.0]), 6)` by hand: frequencies 1, 0.01, 0.0001.
    #[test]
    fn sines_come_first_and_the_last_frequency_is_the_period() {
        let config = TimeEmbedding {
            size: 6,
            hidden_size: None,
            flip_sin_to_cos: false,
            downscale_freq_shift: 1.0,
            max_period: 10_000.0,
        };
        let mut row = Vec::new();
        Sinusoid::of_time(&config).extend([3.0], &mut row);
        let expected = [
            3.0_f64.sin(),
            0.03_f64.sin(),
            0.0003_f64.sin(),
            3.0_f64.cos(),
            0.03_f64.cos(),
            0.0003_f64.cos(),
        ];
        for (value, expected) in row.iter().zip(expected) {
            assert!((f64::from(*value) - expected).abs() < 1e-7, "{row:?}");
        }
    }
}
