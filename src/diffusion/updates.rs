//! The numbers that make a row one sampler or another: how `x̂₀`, `ε̂`, noise and memory are mixed.
//!
//! The state itself is not among the terms, and need not be: where `ε̂` belongs to `x̂₀`, `x = √a·x̂₀ + √(1−a)·ε̂`.

use super::NoiseLevel;

/// The scales of one row, `x' = x0_scale·x̂₀ + eps_scale·ε̂ + noise_scale·z + history_scale·(x̂₀ of the previous row)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Update {
    pub(super) x0_scale: f64,
    pub(super) eps_scale: f64,
    pub(super) noise_scale: f64,
    pub(super) history_scale: f64,
}

impl Update {
    /// A state at `level`, made of `x̂₀` and `ε̂`: a step without noise that goes there.
    pub(super) fn at(level: NoiseLevel) -> Self {
        Self {
            x0_scale: level.sqrt_alpha_bar(),
            eps_scale: level.sqrt_one_minus_alpha_bar(),
            noise_scale: 0.0,
            history_scale: 0.0,
        }
    }

    /// DDIM(η), equations 12 and 16 of Song et al. 2021: `A = √p`, `σ = η·√((1−p)/(1−a))·√(1−a/p)`, `B = √(1−p−σ²)`.
    ///
    /// `B² = (1−p)·[(1−η²) + η²·(a/p)·(1−p)/(1−a)]`, the form used, has no cancellation for `η` up to 1.
    ///
    /// # Errors
    /// `σ²` where it is above `1−p`, which only an `η` above 1 can bring about.
    pub(super) fn ddim(level: NoiseLevel, next: NoiseLevel, eta: f64) -> Result<Self, f64> {
        // No noise wanted, or no room for any; `level` may be clean too, where the fractions below are 0/0.
        if eta == 0.0 || next.is_clean() {
            return Ok(Self::at(next));
        }
        let noise_ratio = next.one_minus_alpha_bar() / level.one_minus_alpha_bar();
        let kept = (1.0 - eta * eta) + eta * eta * level.ratio(next) * noise_ratio;
        let noise_scale = eta * (noise_ratio * level.one_minus_ratio(next)).sqrt();
        if kept >= 0.0 {
            Ok(Self {
                eps_scale: next.sqrt_one_minus_alpha_bar() * kept.sqrt(),
                noise_scale,
                ..Self::at(next)
            })
        } else {
            Err(noise_scale * noise_scale)
        }
    }

    /// A caller's `σ`, at least 0: `A = √p`, `B = √(1−p−σ²)`.
    ///
    /// # Errors
    /// `σ²` where it is above `1−p`.
    pub(super) fn with_sigma(next: NoiseLevel, sigma: f64) -> Result<Self, f64> {
        /// A `σ` computed as `√(1−p)` may square to a few ulps more.
        const ROUNDING: f64 = 1e-14;
        let limit = next.one_minus_alpha_bar();
        if sigma * sigma > limit * (1.0 + ROUNDING) {
            return Err(sigma * sigma);
        }
        Ok(Self {
            eps_scale: (limit - sigma * sigma).max(0.0).sqrt(),
            noise_scale: sigma,
            ..Self::at(next)
        })
    }

    /// DDPM with the large variance, DDIM's `σ̂`: the mean of `η = 1` with noise `√(1−a/p)`. Not a DDIM(η): the noise no longer
    /// fits the level. A step to data adds none.
    pub(super) fn ddpm_large(level: NoiseLevel, next: NoiseLevel) -> Result<Self, f64> {
        let mean = Self::ddim(level, next, 1.0)?;
        if next.is_clean() {
            return Ok(mean);
        }
        let noise_scale = level.one_minus_ratio(next).sqrt();
        Ok(Self {
            noise_scale,
            ..mean
        })
    }

    /// Euler–Maruyama for `dx = [−½βx − β·s] dt + √β dw̄` run backwards over `Δ`, with the score `s = −ε/√(1−a)`:
    /// `x' = x + ½βΔ·x − βΔ/√(1−a)·ε + √(βΔ)·z`, where `beta_delta` is `β(t)·Δ`.
    pub(super) fn reverse_sde(level: NoiseLevel, beta_delta: f64, add_noise: bool) -> Self {
        let here = Self::at(level);
        if beta_delta == 0.0 {
            return here;
        }
        let growth = 1.0 + 0.5 * beta_delta;
        Self {
            x0_scale: growth * here.x0_scale,
            eps_scale: growth * here.eps_scale - beta_delta / here.eps_scale,
            noise_scale: if add_noise { beta_delta.sqrt() } else { 0.0 },
            history_scale: 0.0,
        }
    }

    /// The second row of a step of Heun's method from `previous` (`a`) to `level` (`p`), which the first row, an Euler step, has
    /// already made.
    ///
    /// In `y = x/√ᾱ`, `φ = √((1−ᾱ)/ᾱ)` the ODE is `dy/dφ = ε`, and Heun's step `y' = y + (φ_p − φ_a)·(ε₁ + ε₂)/2`. The Euler
    /// step left `x̃ = √p·x̂₀₁ + √(1−p)·ε₁`, and the network, asked there, says `x̃ = √p·x̂₀₂ + √(1−p)·ε₂`. So
    /// `y = x̂₀₁ + φ_a·ε₁` and `ε₁ = ε₂ + (x̂₀₂ − x̂₀₁)/φ_p`, and `y'` comes out as
    /// `r·x̂₀₂ + (1−r)·x̂₀₁ + φ_p·ε₂` with `r = (1 + φ_a/φ_p)/2`.
    pub(super) fn heun_corrector(previous: NoiseLevel, level: NoiseLevel) -> Self {
        let r = 0.5 * (1.0 + previous.noise_to_signal() / level.noise_to_signal());
        let here = Self::at(level);
        Self {
            x0_scale: r * here.x0_scale,
            history_scale: (1.0 - r) * here.x0_scale,
            ..here
        }
    }

    /// DPM-Solver++(2M), algorithm 2 of Lu et al. 2022, from `level` (`a`) to `next` (`p`) with the memory of `previous`.
    ///
    /// With `h = λ_p − λ_a` and `k = h/(2·(λ_a − λ_previous))` it is
    /// `x' = √((1−p)/(1−a))·x + √p·(1 − e^{−h})·[(1+k)·x̂₀ − k·x̂₀_previous]`; with `x = √a·x̂₀ + √(1−a)·ε̂` and
    /// `e^{−h} = φ_p/φ_a` that is DDIM's step and a correction `√p·k·(1 − e^{−h})·(x̂₀ − x̂₀_previous)`.
    pub(super) fn dpm_solver_2m(previous: NoiseLevel, level: NoiseLevel, next: NoiseLevel) -> Self {
        let h = next.half_log_snr() - level.half_log_snr();
        // From pure noise λ = −∞ and k = 0: there the step is DDIM's.
        let k = 0.5 * h / (level.half_log_snr() - previous.half_log_snr());
        let there = Self::at(next);
        let correction = there.x0_scale * k * -(-h).exp_m1();
        Self {
            x0_scale: there.x0_scale + correction,
            history_scale: -correction,
            ..there
        }
    }
}
