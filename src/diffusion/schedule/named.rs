//! Noise schedules that have a name: `β` by formula, `ᾱ` as the product of `1 − β`.

use super::discrete::{NoiseSchedule, check_beta};
use super::error::ScheduleError;
use crate::diffusion::named_enum::named_enum;

named_enum! {
    #[doc(alias = "beta schedule")]
    /// How a list of `β` is made from its first and last value; the names are diffusers'
    /// `beta_schedule`.
    "beta schedule" BetaSchedule, expected "linear, scaled_linear, squaredcos_cap_v2, sigmoid" {
        /// `β` in equal steps (Ho et al. 2020).
        Linear = "linear",
        /// `√β` in equal steps (latent diffusion).
        ScaledLinear = "scaled_linear",
        /// From a squared cosine, `β` capped at 0.999 (Nichol & Dhariwal 2021, equation 17).
        /// Ignores the first and last value.
        SquaredCosCapV2 = "squaredcos_cap_v2",
        /// From a sigmoid between the first and last value (GeoDiff).
        Sigmoid = "sigmoid",
    }
}

impl NoiseSchedule {
    /// `β` in equal steps from `beta_start` to `beta_end` (DDPM: 1e-4 to 0.02 in 1000 levels).
    ///
    /// # Errors
    /// [`ScheduleError`] where a `β` is outside `(0, 1)` or `train_steps` is 0 or too large.
    pub fn linear(
        beta_start: f64,
        beta_end: f64,
        train_steps: usize,
    ) -> Result<Self, ScheduleError> {
        Self::check_size(train_steps)?;
        Self::from_betas(&linspace(beta_start, beta_end, train_steps))
    }

    /// `√β` in equal steps from `√beta_start` to `√beta_end` (latent diffusion: 0.00085 to 0.012).
    ///
    /// # Errors
    /// [`ScheduleError`] where a `β` is outside `(0, 1)` or `train_steps` is 0 or too large.
    pub fn scaled_linear(
        beta_start: f64,
        beta_end: f64,
        train_steps: usize,
    ) -> Result<Self, ScheduleError> {
        Self::check_size(train_steps)?;
        // A negative end has no root; name it rather than the NaN it would become.
        for (index, beta) in [(0, beta_start), (train_steps - 1, beta_end)] {
            check_beta(index, beta)?;
        }
        let mut betas = linspace(beta_start.sqrt(), beta_end.sqrt(), train_steps);
        for beta in &mut betas {
            *beta *= *beta;
        }
        Self::from_betas(&betas)
    }

    /// `β_i = min(1 − f((i+1)/T)/f(i/T), 0.999)` with `f(u) = cos²((u + 0.008)/1.008·π/2)`, and `ᾱ`
    /// the product of `1 − β` (Nichol & Dhariwal 2021, equation 17). It is the product and not `f`:
    /// the cap bends the last levels.
    ///
    /// # Errors
    /// [`ScheduleError`] where `train_steps` is 0 or too large.
    pub fn cosine(train_steps: usize) -> Result<Self, ScheduleError> {
        const MAX_BETA: f64 = 0.999;
        Self::check_size(train_steps)?;
        let f = |i: usize| {
            let u = i as f64 / train_steps as f64;
            ((u + 0.008) / 1.008 * std::f64::consts::FRAC_PI_2)
                .cos()
                .powi(2)
        };
        let betas: Vec<f64> = (0..train_steps)
            .map(|i| (1.0 - f(i + 1) / f(i)).min(MAX_BETA))
            .collect();
        Self::from_betas(&betas)
    }

    /// `β_i = β_start + (β_end − β_start)·sigmoid(u_i)` with `u` in equal steps from −6 to 6
    /// (GeoDiff, as in diffusers).
    ///
    /// # Errors
    /// [`ScheduleError`] where a `β` is outside `(0, 1)` or `train_steps` is 0 or too large.
    pub fn sigmoid(
        beta_start: f64,
        beta_end: f64,
        train_steps: usize,
    ) -> Result<Self, ScheduleError> {
        Self::check_size(train_steps)?;
        let mut betas = linspace(-6.0, 6.0, train_steps);
        for beta in &mut betas {
            *beta = beta_start + (beta_end - beta_start) / (1.0 + (-*beta).exp());
        }
        Self::from_betas(&betas)
    }

    /// One of the named schedules; `beta_start` and `beta_end` are not used by all of them.
    ///
    /// # Errors
    /// As the named constructor.
    pub fn named(
        kind: BetaSchedule,
        beta_start: f64,
        beta_end: f64,
        train_steps: usize,
    ) -> Result<Self, ScheduleError> {
        match kind {
            BetaSchedule::Linear => Self::linear(beta_start, beta_end, train_steps),
            BetaSchedule::ScaledLinear => Self::scaled_linear(beta_start, beta_end, train_steps),
            BetaSchedule::SquaredCosCapV2 => Self::cosine(train_steps),
            BetaSchedule::Sigmoid => Self::sigmoid(beta_start, beta_end, train_steps),
        }
    }
}

/// `count` values in equal steps, both ends included; with one value, the start.
fn linspace(start: f64, end: f64, count: usize) -> Vec<f64> {
    let step = (end - start) / (count.max(2) - 1) as f64;
    (0..count).map(|i| start + i as f64 * step).collect()
}
