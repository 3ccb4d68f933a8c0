//! Mixtures of Gaussians, whose ε is known in closed form: the exact oracle for a sampler.
//!
//! If `x_0 ~ Σ_k w_k N(μ_k, v_k I)`, then at level ᾱ the state is `x ~ Σ_k w_k N(√ᾱ μ_k, s_k I)`
//! with `s_k = ᾱ v_k + 1 − ᾱ`. With `r_k` the posterior probability of component `k`,
//! ```text
//! ε(x)     = −√(1−ᾱ) ∇ ln p(x)  = √(1−ᾱ) Σ_k r_k (x − √ᾱ μ_k) / s_k
//! E[x_0|x] = Σ_k r_k (μ_k + √ᾱ v_k (x − √ᾱ μ_k) / s_k)
//! ```

use crate::diffusion::{NoiseLevel, PredictionType};

/// Why a mixture was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MixtureError {
    /// There is no component, or the means have no coordinates.
    #[error("a mixture needs at least one component of at least one dimension")]
    Empty,
    /// The three lists do not belong together.
    #[error(
        "{weights} weights, {means} means and {variances} variances: one of each per component"
    )]
    Lengths {
        /// Weights given.
        weights: usize,
        /// Means given.
        means: usize,
        /// Variances given.
        variances: usize,
    },
    /// A mean has another dimension than the first.
    #[error("mean {index} has {found} coordinates, the first has {expected}")]
    Dims {
        /// The component.
        index: usize,
        /// Its mean's coordinates.
        found: usize,
        /// The first mean's coordinates.
        expected: usize,
    },
    /// A number is not usable: weights are positive, variances at least 0, all finite.
    #[error(
        "component {index}: {what} is {value}; weights must be positive, variances not negative, all finite"
    )]
    Number {
        /// The component.
        index: usize,
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
    },
}

/// A mixture of isotropic Gaussians in `D` dimensions.
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianMixture {
    ln_weights: Vec<f64>,
    means: Vec<Vec<f64>>,
    variances: Vec<f64>,
}

impl GaussianMixture {
    /// A mixture of `K` components: weights `[K]` (normalised here), means `[K][D]`, variances
    /// `[K]` (0: a point).
    ///
    /// # Errors
    /// [`MixtureError`], when the lists do not belong together or a number is out of its range.
    pub fn new(
        weights: &[f64],
        means: Vec<Vec<f64>>,
        variances: Vec<f64>,
    ) -> Result<Self, MixtureError> {
        let count = means.len();
        if weights.len() != count || variances.len() != count {
            return Err(MixtureError::Lengths {
                weights: weights.len(),
                means: count,
                variances: variances.len(),
            });
        }
        let dims = means.first().map_or(0, Vec::len);
        if dims == 0 {
            return Err(MixtureError::Empty);
        }
        for (index, mean) in means.iter().enumerate() {
            if mean.len() != dims {
                return Err(MixtureError::Dims {
                    index,
                    found: mean.len(),
                    expected: dims,
                });
            }
            let check = |what, value: f64, holds: bool| {
                if value.is_finite() && holds {
                    return Ok(());
                }
                Err(MixtureError::Number { index, what, value })
            };
            check("the weight", weights[index], weights[index] > 0.0)?;
            check("the variance", variances[index], variances[index] >= 0.0)?;
            for &coordinate in mean {
                check("a coordinate of the mean", coordinate, true)?;
            }
        }
        let total: f64 = weights.iter().sum();
        Ok(Self {
            ln_weights: weights.iter().map(|w| (w / total).ln()).collect(),
            means,
            variances,
        })
    }

    /// One Gaussian `N(mean, variance · I)`.
    ///
    /// # Errors
    /// As [`GaussianMixture::new`].
    pub fn gaussian(mean: Vec<f64>, variance: f64) -> Result<Self, MixtureError> {
        Self::new(&[1.0], vec![mean], vec![variance])
    }

    /// Coordinates of a sample, `D`.
    pub fn dims(&self) -> usize {
        self.means[0].len()
    }

    /// Components, `K`.
    pub fn components(&self) -> usize {
        self.means.len()
    }

    /// The mixture as flat numbers for a GPU: `ln w_k`, `v_k`, `μ_k [D]`, component after
    /// component.
    pub fn params(&self) -> Vec<f32> {
        (0..self.components())
            .flat_map(|k| {
                [self.ln_weights[k], self.variances[k]]
                    .into_iter()
                    .chain(self.means[k].iter().copied())
            })
            .map(|value| value as f32)
            .collect()
    }

    /// The exact network output at `level`, of whichever kind; `x` and `out` are of `D` values.
    ///
    /// # Panics
    /// If `x` or `out` is not of `D` values.
    pub fn predict(
        &self,
        prediction: PredictionType,
        level: NoiseLevel,
        x: &[f64],
        out: &mut [f64],
    ) {
        assert_eq!(x.len(), self.dims(), "x has one value per coordinate");
        assert_eq!(out.len(), self.dims(), "out has one value per coordinate");
        let signal = level.sqrt_alpha_bar();
        let noise = level.sqrt_one_minus_alpha_bar();
        // out = Σ_k r_k (from_mean·μ_k + from_offset·(x − √ᾱ μ_k)), for ε, x̂₀ and v = √ᾱ ε −
        // √(1−ᾱ) x̂₀.
        let coefficients = |variance: f64| {
            let spread = self.spread(level, variance);
            let (eps, x0) = (noise / spread, signal * variance / spread);
            match prediction {
                PredictionType::Epsilon => (0.0, eps),
                PredictionType::Sample => (1.0, x0),
                PredictionType::VPrediction => (-noise, signal * eps - noise * x0),
            }
        };
        out.fill(0.0);
        let posterior = self.posterior(level, x);
        for ((mean, &variance), probability) in
            self.means.iter().zip(&self.variances).zip(posterior)
        {
            let (from_mean, from_offset) = coefficients(variance);
            for ((out, &x), &mean) in out.iter_mut().zip(x).zip(mean) {
                *out += probability * (from_mean * mean + from_offset * (x - signal * mean));
            }
        }
    }

    /// `s = ᾱ v + 1 − ᾱ`.
    fn spread(&self, level: NoiseLevel, variance: f64) -> f64 {
        level.alpha_bar() * variance + level.one_minus_alpha_bar()
    }

    /// `r_k`, by a log-sum-exp, so that no component far from `x` underflows to 0/0.
    fn posterior(&self, level: NoiseLevel, x: &[f64]) -> Vec<f64> {
        let signal = level.sqrt_alpha_bar();
        let mut log: Vec<f64> = (0..self.components())
            .map(|k| {
                let spread = self.spread(level, self.variances[k]);
                let distance: f64 = std::iter::zip(x, &self.means[k])
                    .map(|(x, mean)| (x - signal * mean).powi(2))
                    .sum();
                self.ln_weights[k] - 0.5 * (distance / spread + self.dims() as f64 * spread.ln())
            })
            .collect();
        let largest = log.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        log.iter_mut()
            .for_each(|value| *value = (*value - largest).exp());
        let total: f64 = log.iter().sum();
        log.iter_mut().for_each(|value| *value /= total);
        log
    }
}
