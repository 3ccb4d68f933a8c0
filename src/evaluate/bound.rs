//! The variational bound on the likelihood of data under a model and a sampler.

use crate::cpu::{Denoiser, erfc};
use crate::diffusion::{Forward, NoiseLevel, Plan, StepCoefficients};
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
    /// The plan changes the estimate of the data.
    #[error("the plan clips x0: the bound is of the model as it is, so use no clipping")]
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

/// The grid that data lie on: `low`, `low + width`, … `high`. The model's probability of a value is that of its bin of `width`; the
/// bins of the ends are open, as in DDPM, equation 13.
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
    /// `KL(q(x_p|x_a, x_0) ‖ p(x_p|x_a))` of every row but the last, in the order run; each at least 0.
    pub steps: Vec<f64>,
    /// `−log₂ p(x_0|x_1)` of the last row.
    pub reconstruction: f64,
}

impl Bound {
    /// The bound: bits per dimension that the data need at most.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.prior + self.steps.iter().sum::<f64>() + self.reconstruction
    }
}

/// The variational bound of `data`, `[samples, D]`, under the reverse process that the rows of `plan` are: DDIM with `η > 0` or DDPM with
/// the small variance, without clipping, to `ᾱ = 1`.
///
/// The term of a row is `b²(1−a)/(2σ²a)·‖z − ε_θ‖²` with `b = √p − √((1−p−σ²)/(1−a))·√a` (DDIM, theorem 1; DDPM, equation 12), here with
/// one `z` for each sample and row: draw [`StepCoefficients::draw`] of the seed. The last row, which adds no noise, reads `x_0` off
/// `x_1` with the deviation `√((1−a)/a)` that `x_1` leaves it, on the grid of `quantization`.
///
/// # Errors
/// [`BoundError`], if the plan has no such bound or the data are no whole samples.
pub fn variational_bound(
    network: &dyn Denoiser,
    plan: &Plan,
    data: &[f32],
    quantization: Quantization,
    seed: u64,
) -> Result<Bound, BoundError> {
    let dims = network.dims();
    if data.is_empty() || !data.len().is_multiple_of(dims) {
        return Err(BoundError::Length {
            found: data.len(),
            dims,
        });
    }
    if plan.clipping().is_active() {
        return Err(BoundError::Clipped);
    }
    let (last, rows) = plan.steps().split_last().expect("a plan has rows");
    if !last.next_level.is_clean() {
        return Err(BoundError::NotToData {
            alpha_bar: last.next_level.alpha_bar(),
        });
    }
    let weights: Vec<f64> = rows.iter().map(weight).collect::<Result<_, _>>()?;
    let estimate = Estimate {
        network,
        data,
        seed,
    };
    let to_bits = 1.0 / (data.len() as f64 * std::f64::consts::LN_2);
    let step = |(row, weight): (&StepCoefficients, f64)| {
        let mut squares = 0.0;
        estimate.each(row, |_, z, _, epsilon| squares += (z - epsilon).powi(2));
        weight * squares * to_bits
    };
    let deviation = last.level.noise_to_signal();
    let mut reconstruction = 0.0;
    estimate.each(last, |x0, _, x0_hat, _| {
        reconstruction += quantization.bits(x0, x0_hat, deviation);
    });
    Ok(Bound {
        prior: prior(plan.steps()[0].level, data) * to_bits,
        steps: rows.iter().zip(weights).map(step).collect(),
        reconstruction: reconstruction / data.len() as f64,
    })
}

/// `b²(1−a)/(2σ²a)` of a row.
fn weight(row: &StepCoefficients) -> Result<f64, BoundError> {
    let (a, p) = (row.level, row.next_level);
    let (noise, free) = (row.noise_scale.powi(2), p.one_minus_alpha_bar());
    let is_ddim = row.x0_scale == p.sqrt_alpha_bar()
        && (row.eps_scale.powi(2) + noise - free).abs() <= 1e-9 * free
        && row.history_scale == 0.0;
    if !is_ddim || noise == 0.0 || a.is_pure_noise() {
        return Err(BoundError::NoBound { index: row.index });
    }
    let b = p.sqrt_alpha_bar() - row.eps_scale / a.sqrt_one_minus_alpha_bar() * a.sqrt_alpha_bar();
    Ok(b * b * a.noise_to_signal().powi(2) / (2.0 * noise))
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

struct Estimate<'a> {
    network: &'a dyn Denoiser,
    data: &'a [f32],
    seed: u64,
}

impl Estimate<'_> {
    /// Noises every sample to the level of `row`, asks the network, and hands over `x_0`, `z`, `x̂₀` and `ε̂` of every value.
    fn each(&self, row: &StepCoefficients, mut take: impl FnMut(f64, f64, f64, f64)) {
        let dims = self.network.dims();
        let (mut z, mut x, mut out) = (vec![0.0; dims], vec![0.0; dims], vec![0.0; dims]);
        let marginal = Forward::marginal(row.level);
        for (sample, x0) in self.data.chunks_exact(dims).enumerate() {
            fill_normals(self.seed, sample as u64, row.draw, &mut z);
            marginal.apply(x0, &z, &mut x);
            self.network.predict(row, None, &x, &mut out);
            for i in 0..dims {
                let [x0, z, x, out] = [x0[i], z[i], x[i], out[i]].map(f64::from);
                take(
                    x0,
                    z,
                    row.x0_from_x * x + row.x0_from_out * out,
                    row.eps_from_x * x + row.eps_from_out * out,
                );
            }
        }
    }
}
