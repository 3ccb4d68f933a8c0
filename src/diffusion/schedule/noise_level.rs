//! One noise level.

use super::error::ScheduleError;

/// How much of the signal is left in a noised sample: `x = √ᾱ·x_0 + √(1 − ᾱ)·z`.
///
/// # Precision
/// The level is kept as `ln ᾱ`. Near `ᾱ = 1`, where a sampler ends, `1 − ᾱ` is the interesting
/// number and subtraction would lose most of its digits; from the logarithm it comes out exact to
/// an ulp or two. Products and ratios of levels become sums and differences, and never overflow or
/// underflow.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct NoiseLevel {
    ln_alpha_bar: f64,
}

impl NoiseLevel {
    /// Data without noise: `ᾱ = 1`.
    pub const CLEAN: Self = Self { ln_alpha_bar: 0.0 };

    /// Noise without data: `ᾱ = 0` (zero terminal signal-to-noise ratio).
    pub const PURE_NOISE: Self = Self {
        ln_alpha_bar: f64::NEG_INFINITY,
    };

    /// The level with the given `ᾱ`, from 0 (pure noise) to 1 (clean).
    ///
    /// # Errors
    /// [`ScheduleError::AlphaBarOutOfRange`] where `alpha_bar` is outside `[0, 1]` or not a number.
    pub fn from_alpha_bar(alpha_bar: f64) -> Result<Self, ScheduleError> {
        if !(0.0..=1.0).contains(&alpha_bar) {
            return Err(ScheduleError::AlphaBarOutOfRange { alpha_bar });
        }
        Ok(Self {
            ln_alpha_bar: alpha_bar.ln(),
        })
    }

    /// The level with the given `ln ᾱ`, from −∞ (pure noise) to 0 (clean).
    ///
    /// # Errors
    /// [`ScheduleError::LogAlphaBarOutOfRange`] where `ln_alpha_bar` is above 0 or not a number.
    pub fn from_ln(ln_alpha_bar: f64) -> Result<Self, ScheduleError> {
        if ln_alpha_bar <= 0.0 {
            // Adding zero turns −0 into 0.
            let ln_alpha_bar = ln_alpha_bar + 0.0;
            Ok(Self { ln_alpha_bar })
        } else {
            Err(ScheduleError::LogAlphaBarOutOfRange { ln_alpha_bar })
        }
    }

    /// The level with the given `λ = ½·ln(ᾱ/(1 − ᾱ))`; `−∞` is pure noise, `∞` clean.
    ///
    /// # Panics
    /// Where `half_log_snr` is not a number.
    #[must_use]
    pub fn from_half_log_snr(half_log_snr: f64) -> Self {
        assert!(!half_log_snr.is_nan(), "a level whose λ is not a number");
        // ln ᾱ = −ln(1 + e^(−2λ)); below 0 the exponential would overflow before the level does.
        let twice = 2.0 * half_log_snr;
        let ln_alpha_bar = if twice > 0.0 {
            -(-twice).exp().ln_1p()
        } else if twice.is_finite() {
            twice - twice.exp().ln_1p()
        } else {
            f64::NEG_INFINITY
        };
        Self {
            ln_alpha_bar: ln_alpha_bar + 0.0,
        }
    }

    /// The level with the given `φ = √((1 − ᾱ)/ᾱ)`, from 0 (clean) to `∞` (pure noise).
    ///
    /// # Panics
    /// Where `noise_to_signal` is below 0 or not a number.
    #[must_use]
    pub fn from_noise_to_signal(noise_to_signal: f64) -> Self {
        assert!(noise_to_signal >= 0.0, "a level with φ = {noise_to_signal}");
        Self::from_half_log_snr(-noise_to_signal.ln())
    }

    /// `ln ᾱ`, in `[−∞, 0]`.
    #[must_use]
    pub fn ln_alpha_bar(self) -> f64 {
        self.ln_alpha_bar
    }

    /// `ᾱ`, in `[0, 1]`: the share of the variance that is signal.
    #[doc(alias = "alphas_cumprod")]
    #[must_use]
    pub fn alpha_bar(self) -> f64 {
        self.ln_alpha_bar.exp()
    }

    /// `1 − ᾱ`, in `[0, 1]`: the share of the variance that is noise.
    #[must_use]
    pub fn one_minus_alpha_bar(self) -> f64 {
        -self.ln_alpha_bar.exp_m1() + 0.0
    }

    /// `√ᾱ`, in `[0, 1]`: the scale of the signal.
    #[must_use]
    pub fn sqrt_alpha_bar(self) -> f64 {
        (0.5 * self.ln_alpha_bar).exp()
    }

    /// `√(1 − ᾱ)`, in `[0, 1]`: the scale of the noise.
    #[must_use]
    pub fn sqrt_one_minus_alpha_bar(self) -> f64 {
        self.one_minus_alpha_bar().sqrt()
    }

    /// `φ = √((1 − ᾱ)/ᾱ)`, in `[0, ∞]`: noise over signal, the time variable in which DDIM is
    /// Euler's method (DDIM, equation 14; there `σ`).
    #[must_use]
    pub fn noise_to_signal(self) -> f64 {
        (-self.ln_alpha_bar).exp_m1().sqrt()
    }

    /// `λ = ½·ln(ᾱ/(1 − ᾱ))`, in `[−∞, ∞]`: half the logarithm of the signal-to-noise ratio, the
    /// time variable of DPM-Solver.
    #[doc(alias = "log-SNR")]
    #[must_use]
    pub fn half_log_snr(self) -> f64 {
        0.5 * (self.ln_alpha_bar - self.one_minus_alpha_bar().ln())
    }

    /// `ᾱ_self / ᾱ_other`: the signal kept by going from `other` to `self`, at most 1 where `self`
    /// is the noisier.
    ///
    /// Two levels of pure noise have ratio 1.
    #[must_use]
    pub fn ratio(self, other: Self) -> f64 {
        self.ln_ratio(other).exp()
    }

    /// `1 − ᾱ_self / ᾱ_other`, exact also where the levels are close: the `β` of the forward step
    /// from `other` to `self`.
    #[must_use]
    pub fn one_minus_ratio(self, other: Self) -> f64 {
        -self.ln_ratio(other).exp_m1() + 0.0
    }

    /// Whether there is no noise at all (`ᾱ = 1`).
    #[must_use]
    pub fn is_clean(self) -> bool {
        self == Self::CLEAN
    }

    /// Whether there is no signal at all (`ᾱ = 0`).
    #[must_use]
    pub fn is_pure_noise(self) -> bool {
        self == Self::PURE_NOISE
    }

    fn ln_ratio(self, other: Self) -> f64 {
        if self == other {
            0.0 // also where both are −∞
        } else {
            self.ln_alpha_bar - other.ln_alpha_bar
        }
    }
}
