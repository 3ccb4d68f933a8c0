//! The variational bound on the likelihood of data under a model and a sampler.
//!
//! With `q` the forward process and `p` the reverse one, `−ln p(x_0)` is on average at most
//! `KL(q(x_T|x_0) ‖ N(0, I)) + Σ KL(q(x_p|x_a, x_0) ‖ p(x_p|x_a)) − ln p(x_0|x_1)`. Where `p` is
//! `q` with `x̂₀` in the place of `x_0`, as in DDIM with `η > 0` (DDIM, theorem 1), the two
//! Gaussians of a step have one variance `σ²`, and the term is `b²·‖x_0 − x̂₀‖²/(2σ²)` with `b = √p
//! − √((1−p−σ²)/(1−a))·√a`. It is the `b²(1−a)/(2σ²a)·‖z − ε_θ‖²` of the paper, for `√a·(x_0 − x̂₀)
//! = √(1−a)·(ε_θ − z)`, and has no division by `√a`.

use std::convert::Infallible;

use crate::cpu::{Denoiser, erfc};
use crate::diffusion::{Forward, NoiseLevel, Plan, StageCoefficients};
use crate::noise::fill_normals;

/// Why there is no bound.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BoundError {
    /// A row that is no reverse step of the non-Markov family with noise.
    #[error(
        "row {index} is no step of ddim with eta above 0, so it bounds no likelihood: use eta 1 or ddpm"
    )]
    NoBound {
        /// The row.
        index: usize,
    },
    /// Where the last row does not go to data.
    #[error("the plan ends at alpha_bar {alpha_bar}, not at data: use set_alpha_to_one = true")]
    NotToData {
        /// `ᾱ` of the last row's next level.
        alpha_bar: f64,
    },
    /// The plan changes the estimate of the data, or what its rows make of it.
    #[error("the plan clips: the bound is of the model as it is, so clip nothing")]
    Clipped,
    /// The data are no whole samples.
    #[error("{found} values are no samples of {dims}")]
    Length {
        /// Values given.
        found: usize,
        /// Values in one sample.
        dims: usize,
    },
}

/// The grid that data lie on: `low`, `low + width`, … `high`. The model's probability of a value is
/// that of its bin of `width`; the bins of the ends are open, as in DDPM, equation 13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantization {
    /// Distance of two values, above 0.
    pub width: f64,
    /// The smallest value.
    pub low: f64,
    /// The largest value.
    pub high: f64,
}

impl Quantization {
    /// 256 levels from −1 to 1: images of eight bits.
    pub const EIGHT_BITS: Self = Self {
        width: 2.0 / 255.0,
        low: -1.0,
        high: 1.0,
    };

    /// `−log₂` of the probability that `N(mean, deviation²)` has in the bin of `value`.
    fn bits(&self, value: f64, mean: f64, deviation: f64) -> f64 {
        let half = 0.5 * self.width;
        let standard = |edge: f64| (edge - mean) / deviation;
        let above = if value < self.high - half {
            standard(value + half)
        } else {
            f64::INFINITY
        };
        let below = if value > self.low + half {
            standard(value - half)
        } else {
            f64::NEG_INFINITY
        };
        // Both tails from the same side, so that nothing cancels far out.
        let probability = if below > 0.0 {
            upper_tail(below) - upper_tail(above)
        } else {
            upper_tail(-above) - upper_tail(-below)
        };
        -probability.max(f64::MIN_POSITIVE).log2()
    }
}

/// `−log₂` of the density that `N(mean, deviation²)` has at `value`.
fn density_bits(value: f64, mean: f64, deviation: f64) -> f64 {
    let nats = 0.5 * (std::f64::consts::TAU * deviation * deviation).ln()
        + 0.5 * ((value - mean) / deviation).powi(2);
    nats / std::f64::consts::LN_2
}

/// Probability that a standard normal is above `x`.
fn upper_tail(x: f64) -> f64 {
    0.5 * erfc(x * std::f64::consts::FRAC_1_SQRT_2)
}

/// Parts of the bound, each a mean over the samples in bits per dimension.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Bound {
    /// `KL(q(x_T|x_0) ‖ N(0, I))`: what is left of the data at the last level; at least 0.
    pub prior: f64,
    /// `KL(q(x_p|x_a, x_0) ‖ p(x_p|x_a))` of every row but the last, in the order run; each at
    /// least 0.
    pub steps: Vec<f64>,
    /// `−log₂ p(x_0|x_1)` of the last row; of a density it may be negative.
    pub reconstruction: f64,
}

impl Bound {
    /// The bound: bits per dimension that the data need at most.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.prior + self.steps.iter().sum::<f64>() + self.reconstruction
    }
}

/// The bound of one plan, for any way to compute `x̂₀`.
///
/// The plan's rows are the reverse process: DDIM with `η > 0` or DDPM with the small variance,
/// without clipping, to `ᾱ = 1`. The last row, which adds no noise, reads `x_0` off `x_1` with the
/// deviation `√((1−a)/a)` that `x_1` leaves it.
#[derive(Clone, Debug)]
#[doc(alias = "ELBO")]
#[doc(alias = "variational lower bound")]
pub struct VariationalBound<'a> {
    plan: &'a Plan,
    /// `b²/(2σ²)` of every row but the last.
    weights: Vec<f64>,
    quantization: Option<Quantization>,
}

impl<'a> VariationalBound<'a> {
    /// The bound under `plan`. With a `quantization`, data on a grid have a probability; without,
    /// they have a density, whose bits are those of the differential entropy, in the data's units.
    ///
    /// # Errors
    /// [`BoundError`], if the plan has no such bound.
    pub fn new(plan: &'a Plan, quantization: Option<Quantization>) -> Result<Self, BoundError> {
        if plan.clipping().is_active() || plan.clips().is_active() {
            return Err(BoundError::Clipped);
        }
        let (last, rows) = plan.stages().split_last().expect("a plan has rows");
        if !last.next_level.is_clean() {
            return Err(BoundError::NotToData {
                alpha_bar: last.next_level.alpha_bar(),
            });
        }
        Ok(Self {
            plan,
            weights: rows.iter().map(weight).collect::<Result<_, _>>()?,
            quantization,
        })
    }

    /// The bound of `data`, `[samples, dims]`, with one `z` for each sample and row: draw
    /// [`StageCoefficients::draw`] of `seed`.
    ///
    /// `estimate(row, states)` is the network's `x̂₀` at that row of the plan for states of the
    /// same layout as `data`; it is called for every row in the order run.
    ///
    /// # Errors
    /// Those of `estimate`.
    ///
    /// # Panics
    /// If the data are no whole samples, or an estimate is not as long as the data.
    pub fn of_data<E>(
        &self,
        data: &[f32],
        dims: usize,
        seed: u64,
        mut estimate: impl FnMut(usize, &[f32]) -> Result<Vec<f32>, E>,
    ) -> Result<Bound, E> {
        assert!(
            dims > 0 && !data.is_empty() && data.len().is_multiple_of(dims),
            "{} values are no samples of {dims}",
            data.len()
        );
        let to_bits = 1.0 / (data.len() as f64 * std::f64::consts::LN_2);
        let mut states = vec![0.0; data.len()];
        let mut z = vec![0.0; dims];
        let mut pairs =
            |row: &StageCoefficients| {
                let marginal = Forward::marginal(row.level);
                let samples = data.chunks_exact(dims).zip(states.chunks_exact_mut(dims));
                for (sample, (x0, x)) in samples.enumerate() {
                    fill_normals(seed, sample as u64, row.draw, &mut z);
                    marginal.apply(x0, &z, x);
                }
                let x0_hat = estimate(row.index, &states)?;
                assert_eq!(x0_hat.len(), data.len(), "an estimate for every value");
                Ok(std::iter::zip(data, x0_hat)
                    .map(|(&x0, x0_hat)| (f64::from(x0), f64::from(x0_hat))))
            };
        let (last, rows) = self.plan.stages().split_last().expect("a plan has rows");
        let mut steps = Vec::with_capacity(rows.len());
        for (row, weight) in rows.iter().zip(&self.weights) {
            let squares: f64 = pairs(row)?.map(|(x0, x0_hat)| (x0 - x0_hat).powi(2)).sum();
            steps.push(weight * squares * to_bits);
        }
        let deviation = last.level.noise_to_signal();
        let bits = |(x0, x0_hat)| match self.quantization {
            Some(grid) => grid.bits(x0, x0_hat, deviation),
            None => density_bits(x0, x0_hat, deviation),
        };
        let reconstruction = pairs(last)?.map(bits).sum::<f64>() / data.len() as f64;
        Ok(Bound {
            prior: prior(self.plan.stages()[0].level, data) * to_bits,
            steps,
            reconstruction,
        })
    }
}

/// [`VariationalBound`] of `data`, `[samples, D]`, with a network that the CPU evaluates one sample
/// at a time, of no class.
///
/// # Errors
/// [`BoundError`], if the plan has no such bound or the data are no whole samples.
pub fn variational_bound(
    network: &dyn Denoiser,
    plan: &Plan,
    data: &[f32],
    quantization: Option<Quantization>,
    seed: u64,
) -> Result<Bound, BoundError> {
    let dims = network.dims();
    if data.is_empty() || !data.len().is_multiple_of(dims) {
        return Err(BoundError::Length {
            found: data.len(),
            dims,
        });
    }
    let bound = VariationalBound::new(plan, quantization)?;
    let mut out = vec![0.0; dims];
    let estimate = |row: usize, states: &[f32]| {
        let row = &plan.stages()[row];
        let mut x0_hat = Vec::with_capacity(states.len());
        for x in states.chunks_exact(dims) {
            network.predict(row, None, x, &mut out);
            x0_hat.extend(std::iter::zip(x, &out).map(|(&x, &out)| {
                (row.x0_from_x * f64::from(x) + row.x0_from_out * f64::from(out)) as f32
            }));
        }
        Ok::<_, Infallible>(x0_hat)
    };
    match bound.of_data(data, dims, seed, estimate) {
        Ok(bound) => Ok(bound),
        Err(never) => match never {},
    }
}

/// `b²/(2σ²)` of a row.
fn weight(row: &StageCoefficients) -> Result<f64, BoundError> {
    let (a, p) = (row.level, row.next_level);
    let (noise, free) = (row.noise_scale.powi(2), p.one_minus_alpha_bar());
    let is_ddim = row.x0_scale == p.sqrt_alpha_bar()
        && (row.eps_scale.powi(2) + noise - free).abs() <= 1e-9 * free
        && !row.uses_history();
    if !is_ddim || noise == 0.0 {
        return Err(BoundError::NoBound { index: row.index });
    }
    let b = p.sqrt_alpha_bar() - row.eps_scale / a.sqrt_one_minus_alpha_bar() * a.sqrt_alpha_bar();
    Ok(b * b / (2.0 * noise))
}

/// `Σ KL(N(√a·x_0, 1−a) ‖ N(0, 1))` in nats.
fn prior(level: NoiseLevel, data: &[f32]) -> f64 {
    let a = level.alpha_bar();
    // ½(a·x² + (1−a) − 1 − ln(1−a))
    let of_variance = -a - level.one_minus_alpha_bar().ln();
    data.iter()
        .map(|&x| 0.5 * (a * f64::from(x).powi(2) + of_variance))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bins of all values cover the line once, wherever the Gaussian is and however narrow.
    #[test]
    fn the_probabilities_of_all_values_add_up_to_one() {
        let grid = Quantization::EIGHT_BITS;
        for (mean, deviation) in [
            (0.0, 0.3),
            (0.999, 0.01),
            (-3.0, 0.5),
            (0.1, 1e-3),
            (0.0, 9.0),
        ] {
            let total: f64 = (0..256)
                .map(|k| grid.low + f64::from(k) * grid.width)
                .map(|value| (-grid.bits(value, mean, deviation)).exp2())
                .sum();
            assert!((total - 1.0).abs() < 1e-9, "{mean}, {deviation}: {total}");
        }
    }

    /// In fine bins the probability is the density times the width.
    #[test]
    fn a_density_is_the_limit_of_fine_bins() {
        let grid = Quantization {
            width: 1e-4,
            low: -20.0,
            high: 20.0,
        };
        for (value, mean, deviation) in [(0.3, 0.1, 0.4), (-1.0, 2.0, 1.5), (0.0, 0.0, 0.05)] {
            let expected = density_bits(value, mean, deviation) - grid.width.log2();
            let found = grid.bits(value, mean, deviation);
            assert!((found - expected).abs() < 1e-4, "{found} {expected}");
        }
    }
}
