//! Data of which everything is known: `x_0 ~ N(mean, deviation²)` in one dimension.

use ddim_wgpu::diffusion::{NoiseLevel, PredictionType, StageCoefficients};

#[derive(Clone, Copy)]
pub(super) struct Gaussian {
    pub(super) mean: f64,
    pub(super) deviation: f64,
}

impl Gaussian {
    /// Standard deviation of `x` at `level`.
    fn deviation_at(self, level: NoiseLevel) -> f64 {
        (level.alpha_bar() * self.deviation.powi(2) + level.one_minus_alpha_bar()).sqrt()
    }

    /// `E[ε | x]`, from the score: `ε = −√(1−ᾱ)·∇ log q(x)`.
    pub(super) fn epsilon(self, level: NoiseLevel, x: f64) -> f64 {
        let centred = x - level.sqrt_alpha_bar() * self.mean;
        level.sqrt_one_minus_alpha_bar() * centred / self.deviation_at(level).powi(2)
    }

    /// What a perfect network of the given kind says at `level`.
    pub(super) fn output(self, prediction: PredictionType, level: NoiseLevel, x: f64) -> f64 {
        let (signal, noise) = (level.sqrt_alpha_bar(), level.sqrt_one_minus_alpha_bar());
        let epsilon = self.epsilon(level, x);
        let x0 = self.mean
            + signal * self.deviation.powi(2) / self.deviation_at(level).powi(2)
                * (x - signal * self.mean);
        match prediction {
            PredictionType::Epsilon => epsilon,
            PredictionType::Sample => x0,
            PredictionType::VPrediction => signal * epsilon - noise * x0,
        }
    }

    /// A perfect `ε`-network for rows that ask at the level of the state.
    pub(super) fn network(self) -> impl Fn(&StageCoefficients, f64) -> f64 {
        move |row, x| self.epsilon(row.level, x)
    }

    /// Where the probability-flow ODE takes `x` from one level to another: it keeps the number of
    /// deviations from the mean.
    pub(super) fn flow(self, from: NoiseLevel, to: NoiseLevel, x: f64) -> f64 {
        let deviations = (x - from.sqrt_alpha_bar() * self.mean) / self.deviation_at(from);
        to.sqrt_alpha_bar() * self.mean + self.deviation_at(to) * deviations
    }
}
