//! Sinusoids on the device: diffusers' `get_timestep_embedding`, for time and for values.

use burn::tensor::{Device, Tensor, TensorData};

/// Sines and cosines of numbers, at falling frequencies.
#[derive(Debug, Clone)]
pub struct Sinusoid {
    /// `max_period^(−k/(half − shift))`, times the scale; `[1, 1, half]`.
    frequencies: Tensor<3>,
    cos_first: bool,
    size: usize,
}

impl Sinusoid {
    /// `size` features of a number times `scale`.
    pub fn new(
        size: usize,
        shift: f64,
        max_period: f64,
        scale: f64,
        cos_first: bool,
        device: &Device,
    ) -> Self {
        let half = size / 2;
        let frequency =
            |k: usize| (scale * (-max_period.ln() * k as f64 / (half as f64 - shift)).exp()) as f32;
        let frequencies: Vec<f32> = (0..half).map(frequency).collect();
        Self {
            frequencies: Tensor::from_data(TensorData::new(frequencies, [1, 1, half]), device),
            cos_first,
            size,
        }
    }

    /// The features of every number of `[rows, width]`: `[rows, width·size]`, in the order of the
    /// numbers; an odd size ends with a zero.
    pub fn of(&self, x: Tensor<2>) -> Tensor<2> {
        let [rows, width] = x.dims();
        let angles = x.reshape([rows, width, 1]) * self.frequencies.clone();
        let (sin, cos) = (angles.clone().sin(), angles.cos());
        let mut parts = if self.cos_first {
            vec![cos, sin]
        } else {
            vec![sin, cos]
        };
        if !self.size.is_multiple_of(2) {
            let device = parts[0].device();
            parts.push(Tensor::zeros([rows, width, 1], &device));
        }
        Tensor::cat(parts, 2).reshape([rows, width * self.size])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::values;

    /// `get_timestep_embedding(torch.tensor([3.0]), 6)` by hand: frequencies 1, 0.01, 0.0001.
    #[test]
    fn sines_come_first_and_the_last_frequency_is_the_period() {
        let device = Device::flex();
        let sinusoid = Sinusoid::new(6, 1.0, 10_000.0, 1.0, false, &device);
        let row = values(sinusoid.of(Tensor::from_data([[3.0_f32]], &device)));
        let angles = [3.0_f64, 0.03, 0.0003];
        let expected = angles.map(f64::sin).into_iter().chain(angles.map(f64::cos));
        for (value, expected) in row.iter().zip(expected) {
            assert!((f64::from(*value) - expected).abs() < 1e-6, "{row:?}");
        }
    }
}
