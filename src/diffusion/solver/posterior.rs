//! The reverse transition given the data: what a step of DDIM is when `x̂₀` is right.

use super::ddim::{with_eta, with_sigma};
use crate::diffusion::schedule::noise_level::NoiseLevel;
use crate::diffusion::stage::error::PlanError;
use crate::diffusion::stage::update::Update;

/// The posterior `q_σ(x_{n−1}|x_n, x_0) = N(a_n·x_n + b_n·x_0, σ²·I)` (DDIM, equation 7), from the
/// level `a = ᾱ_n` of the state to a level `p = ᾱ_{n−1}` with less noise:
///
/// ```text
/// a_n = √((1−p−σ²)/(1−a))        b_n = √p − a_n·√a        0 ≤ σ² ≤ 1−p
/// ```
///
/// Its marginals are those of the forward process for every `σ`. With `η = 1` it is DDPM's
/// posterior, whose variance is `β̃ = (1−p)/(1−a)·(1−a/p)`; with `η = 0` it is a point.
///
/// ```
/// use ddim_wgpu::diffusion::{NoiseSchedule, Posterior};
///
/// let schedule = NoiseSchedule::linear(1e-4, 0.02, 1000)?;
/// let posterior = Posterior::with_eta(schedule.level(500), schedule.level(400), 1.0)?;
/// let (x0, z) = ([0.5_f32], [0.0]);
/// let mut x = [0.7];
/// posterior.apply(&x0, &z, &mut x);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "posterior")]
#[doc(alias = "q(x_{t-1}|x_t,x_0)")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Posterior {
    /// `a_n`: share of the state, at least 0.
    pub x_scale: f64,
    /// `b_n`: share of the data.
    pub x0_scale: f64,
    /// `σ`: standard deviation, at least 0.
    pub sigma: f64,
    level: NoiseLevel,
}

impl Posterior {
    /// The posterior from `from` to `to` with the standard deviation `sigma`.
    ///
    /// # Errors
    /// [`PlanError::NotReverse`] if `to` has not less noise than `from`; [`PlanError::Sigma`] if
    /// `sigma` is below 0 or not finite, or `σ²` above `1 − p`.
    pub fn with_sigma(from: NoiseLevel, to: NoiseLevel, sigma: f64) -> Result<Self, PlanError> {
        let refused = PlanError::Sigma { index: 0, sigma };
        if !(sigma >= 0.0 && sigma.is_finite()) {
            return Err(refused);
        }
        let update = with_sigma(to, sigma).map_err(|_| refused)?;
        Self::of(from, to, update)
    }

    /// The posterior with `σ = η·√((1−p)/(1−a))·√(1−a/p)` (DDIM, equation 16).
    ///
    /// # Errors
    /// As [`with_sigma`](Self::with_sigma), and [`PlanError::Eta`] likewise.
    pub fn with_eta(from: NoiseLevel, to: NoiseLevel, eta: f64) -> Result<Self, PlanError> {
        let refused = PlanError::Eta { eta };
        if !(eta >= 0.0 && eta.is_finite()) {
            return Err(refused);
        }
        let update = with_eta(from, to, eta).map_err(|_| refused)?;
        Self::of(from, to, update)
    }

    fn of(from: NoiseLevel, to: NoiseLevel, update: Update) -> Result<Self, PlanError> {
        if from >= to {
            return Err(PlanError::NotReverse {
                from: from.alpha_bar(),
                to: to.alpha_bar(),
            });
        }
        // √(1−p−σ²) is the share of ε; of x it is that over √(1−a).
        let x_scale = update.eps_scale / from.sqrt_one_minus_alpha_bar();
        Ok(Self {
            x_scale,
            x0_scale: update.x0_scale - x_scale * from.sqrt_alpha_bar(),
            sigma: update.noise_scale,
            level: from,
        })
    }

    /// One sample of the posterior, `x ← a_n·x + b_n·x_0 + σ·z`. All slices are of `D` values.
    ///
    /// # Panics
    /// If the slices are not of one length.
    pub fn apply(&self, x0: &[f32], z: &[f32], x: &mut [f32]) {
        assert_eq!((x0.len(), z.len()), (x.len(), x.len()));
        let [x_scale, x0_scale, sigma] =
            [self.x_scale, self.x0_scale, self.sigma].map(|value| value as f32);
        for ((x, x0), z) in x.iter_mut().zip(x0).zip(z) {
            *x = x_scale * *x + x0_scale * x0 + sigma * z;
        }
    }

    /// The weight of `D_θ = ‖z − ε_θ(x_n)‖²` in this step's term of the variational bound, the KL
    /// divergence of the posterior from the step that the network takes:
    /// `KL = b_n²·(1−a)/(2·σ²·a)·D_θ` in nats. Infinite where `σ` is 0 and the two differ.
    ///
    /// `KL(N(μ, σ²I) ‖ N(μ_θ, σ²I)) = ‖μ − μ_θ‖²/(2σ²)`, the means differ by `b_n·(x_0 − x̂₀)`,
    /// and `x_0 − x̂₀ = √((1−a)/a)·(ε_θ − z)`. With all weights 1 it is the objective that DDPM
    /// and DDIM are trained by.
    #[doc(alias = "KL divergence")]
    #[must_use]
    pub fn kl_weight(&self) -> f64 {
        let b = self.x0_scale * self.level.noise_to_signal() / self.sigma;
        0.5 * b * b
    }
}
