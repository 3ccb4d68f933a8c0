//! Noise schedules: how much noise each training level has.

use super::{BetaSchedule, NoiseLevel};

/// Why a noise schedule cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// No levels were asked for.
    #[error("a noise schedule needs at least one level, got none")]
    Empty,
    /// More levels than any model is trained on; a mistake, and memory that would be wasted on it.
    #[error("a noise schedule of {train_steps} levels: at most {limit} are supported")]
    TooManyLevels {
        /// Levels asked for.
        train_steps: usize,
        /// The limit.
        limit: usize,
    },
    /// A `β` is outside `(0, 1)` or not a number.
    #[error("beta[{index}] is {beta}: every beta must be above 0 and below 1")]
    BetaOutOfRange {
        /// Level, counted from 0.
        index: usize,
        /// The value.
        beta: f64,
    },
    /// An `ᾱ` is outside `[0, 1]` or not a number.
    #[error("alpha_bar is {alpha_bar}: it must be from 0 to 1")]
    AlphaBarOutOfRange {
        /// The value.
        alpha_bar: f64,
    },
    /// A `ln ᾱ` is above 0 or not a number.
    #[error("ln(alpha_bar) is {ln_alpha_bar}: it must not be above 0")]
    LogAlphaBarOutOfRange {
        /// The value.
        ln_alpha_bar: f64,
    },
    /// `ᾱ` does not fall from one level to the next.
    #[error("alpha_bar[{index}] is {alpha_bar}, not below alpha_bar[{previous_index}] = {previous}: it must fall at every level",
        previous_index = .index - 1)]
    NotDecreasing {
        /// The level that is not noisier than the one before it, counted from 0.
        index: usize,
        /// `ᾱ` of the level before it.
        previous: f64,
        /// `ᾱ` of the level.
        alpha_bar: f64,
    },
    /// A parameter of a schedule in continuous time is out of range.
    #[error("{name} is {value}: it must be {expected}")]
    Parameter {
        /// The parameter's name.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it must be, e.g. "above 0 and finite".
        expected: &'static str,
    },
}

/// The noise levels `t = 0 … T−1` that a network was trained on.
///
/// `ᾱ` is strictly decreasing in `t` and lies in `(0, 1]`; only the last level may be 0.
#[derive(Clone, Debug, PartialEq)]
pub struct NoiseSchedule {
    /// Level `t` at index `t`; never empty.
    levels: Vec<NoiseLevel>,
    /// `−d ln ᾱ/dt` at each level, per training step; see [`Self::rate`].
    rates: Vec<f64>,
}

impl NoiseSchedule {
    /// The most levels a schedule may have.
    pub const MAX_TRAIN_STEPS: usize = 1 << 20;

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

    /// `β_i = min(1 − f((i+1)/T)/f(i/T), 0.999)` with `f(u) = cos²((u + 0.008)/1.008·π/2)`, and `ᾱ` the product of `1 − β`
    /// (Nichol & Dhariwal 2021, equation 17). It is the product and not `f`: the cap bends the last levels.
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
        }
    }

    /// `ᾱ_k = ∏_{i≤k} (1 − β_i)`; one `β` per level, each in `(0, 1)`.
    ///
    /// # Errors
    /// [`ScheduleError::BetaOutOfRange`], [`ScheduleError::Empty`] or [`ScheduleError::TooManyLevels`].
    pub fn from_betas(betas: &[f64]) -> Result<Self, ScheduleError> {
        Self::check_size(betas.len())?;
        let mut ln_alpha_bar = 0.0;
        let mut levels = Vec::with_capacity(betas.len());
        for (index, &beta) in betas.iter().enumerate() {
            check_beta(index, beta)?;
            ln_alpha_bar += (-beta).ln_1p();
            levels.push(NoiseLevel::from_ln(ln_alpha_bar)?);
        }
        Self::from_levels(levels, betas.to_vec())
    }

    /// Levels given directly, `ᾱ` of `t = 0` first; strictly decreasing, in `(0, 1]`, the last one may be 0.
    ///
    /// # Errors
    /// [`ScheduleError::AlphaBarOutOfRange`], [`ScheduleError::NotDecreasing`], [`ScheduleError::Empty`] or
    /// [`ScheduleError::TooManyLevels`].
    pub fn from_alpha_bars(alpha_bars: &[f64]) -> Result<Self, ScheduleError> {
        Self::check_size(alpha_bars.len())?;
        let levels = alpha_bars
            .iter()
            .map(|&alpha_bar| NoiseLevel::from_alpha_bar(alpha_bar))
            .collect::<Result<Vec<_>, _>>()?;
        let rates = step_betas(&levels);
        Self::from_levels(levels, rates)
    }

    /// The continuous schedule `ᾱ(t) = e^{−β₀·t}` on `[0, end_time]`, read at `t = (k+1)/T·end_time`.
    ///
    /// # Errors
    /// [`ScheduleError::Parameter`] where `beta0` or `end_time` is not above 0 and finite, or a size error.
    pub fn constant_beta(
        beta0: f64,
        end_time: f64,
        train_steps: usize,
    ) -> Result<Self, ScheduleError> {
        Self::linear_beta(beta0, beta0, end_time, train_steps)
    }

    /// The continuous VP-SDE schedule `β(t) = β_min + (β_max − β_min)·t/T_end`, that is
    /// `ᾱ(t) = exp(−β_min·t − (β_max − β_min)·t²/(2·T_end))`, read at `t = (k+1)/T·end_time`.
    /// Usual values: `β` 0.1 → 20, `end_time` 1 (Song et al. 2021, appendix C).
    ///
    /// # Errors
    /// [`ScheduleError::Parameter`] where an argument is not above 0 and finite, or a size error.
    pub fn linear_beta(
        beta_min: f64,
        beta_max: f64,
        end_time: f64,
        train_steps: usize,
    ) -> Result<Self, ScheduleError> {
        Self::check_size(train_steps)?;
        for (name, value) in [
            ("beta_min", beta_min),
            ("beta_max", beta_max),
            ("end_time", end_time),
        ] {
            if !(value > 0.0 && value.is_finite()) {
                let expected = "above 0 and finite";
                return Err(ScheduleError::Parameter {
                    name,
                    value,
                    expected,
                });
            }
        }
        let mut levels = Vec::with_capacity(train_steps);
        let mut rates = Vec::with_capacity(train_steps);
        for k in 0..train_steps {
            let u = (k + 1) as f64 / train_steps as f64;
            levels.push(NoiseLevel::from_ln(
                -end_time * u * (beta_min + 0.5 * (beta_max - beta_min) * u),
            )?);
            rates.push((beta_min + (beta_max - beta_min) * u) * end_time / train_steps as f64);
        }
        Self::from_levels(levels, rates)
    }

    /// The same schedule rescaled so that its last level has no signal: with `s = √ᾱ`, `s ← (s − s_T)·s_0/(s_0 − s_T)`
    /// (Lin et al. 2024, algorithm 1). `ε`-prediction is impossible with it.
    ///
    /// # Errors
    /// [`ScheduleError::NotDecreasing`] where there is a single level, which cannot be first and last at once.
    pub fn rescale_zero_terminal_snr(&self) -> Result<Self, ScheduleError> {
        let (first, last) = (self.levels[0], self.levels[self.train_steps() - 1]);
        if first == last {
            return Err(ScheduleError::NotDecreasing {
                index: 1,
                previous: first.alpha_bar(),
                alpha_bar: first.alpha_bar(),
            });
        }
        // ln of the formula, factored so that levels near ᾱ = 1 keep their precision; at the last level it is ln 0 = −∞.
        let shrink = |level: NoiseLevel| -last.ratio(level).sqrt();
        let levels = self
            .levels
            .iter()
            .map(|&level| {
                let ln_change = 2.0 * (shrink(level).ln_1p() - shrink(first).ln_1p());
                NoiseLevel::from_ln(level.ln_alpha_bar() + ln_change)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let rates = step_betas(&levels);
        Self::from_levels(levels, rates)
    }

    /// `T`, the number of levels.
    #[must_use]
    pub fn train_steps(&self) -> usize {
        self.levels.len()
    }

    /// The level of timestep `t`, counted from 0 (least noise).
    ///
    /// # Panics
    /// Where `timestep` is not below [`train_steps`](Self::train_steps).
    #[must_use]
    pub fn level(&self, timestep: usize) -> NoiseLevel {
        self.levels[timestep]
    }

    /// All levels, least noise first.
    #[must_use]
    pub fn levels(&self) -> &[NoiseLevel] {
        &self.levels
    }

    /// `β_t = 1 − ᾱ_t/ᾱ_{t−1}` (with `ᾱ_{−1} = 1`), in `(0, 1]`: the variance of the noise added between two levels.
    ///
    /// # Panics
    /// Where `timestep` is not below [`train_steps`](Self::train_steps).
    #[must_use]
    pub fn beta(&self, timestep: usize) -> f64 {
        let previous = match timestep {
            0 => NoiseLevel::CLEAN,
            t => self.levels[t - 1],
        };
        self.levels[timestep].one_minus_ratio(previous)
    }

    /// `β(t)·Δ` of the VP-SDE over one training step at level `t`, which is what reverse-SDE steps are made of: `β(t)` itself
    /// where the schedule was made in continuous time, and the level's `β` otherwise (Song et al. 2021, equation 11).
    ///
    /// # Panics
    /// Where `timestep` is not below [`train_steps`](Self::train_steps).
    #[must_use]
    pub fn rate(&self, timestep: usize) -> f64 {
        self.rates[timestep]
    }

    /// Whether the last level has no signal at all, which makes `ε`-prediction impossible there.
    #[must_use]
    pub fn has_zero_terminal_snr(&self) -> bool {
        self.levels
            .last()
            .is_some_and(|level| level.is_pure_noise())
    }

    fn check_size(train_steps: usize) -> Result<(), ScheduleError> {
        let limit = Self::MAX_TRAIN_STEPS;
        match train_steps {
            0 => Err(ScheduleError::Empty),
            _ if train_steps > limit => Err(ScheduleError::TooManyLevels { train_steps, limit }),
            _ => Ok(()),
        }
    }

    /// The one place where a schedule comes into being, so that its invariant holds everywhere.
    fn from_levels(levels: Vec<NoiseLevel>, rates: Vec<f64>) -> Result<Self, ScheduleError> {
        for (index, pair) in levels.windows(2).enumerate() {
            // Also refuses a second level of pure noise.
            if pair[1] >= pair[0] {
                return Err(ScheduleError::NotDecreasing {
                    index: index + 1,
                    previous: pair[0].alpha_bar(),
                    alpha_bar: pair[1].alpha_bar(),
                });
            }
        }
        Ok(Self { levels, rates })
    }
}

/// `1 − ᾱ_k/ᾱ_{k−1}` of every level.
fn step_betas(levels: &[NoiseLevel]) -> Vec<f64> {
    let before = std::iter::once(&NoiseLevel::CLEAN).chain(levels);
    let pairs = levels.iter().zip(before);
    pairs
        .map(|(level, previous)| level.one_minus_ratio(*previous))
        .collect()
}

fn check_beta(index: usize, beta: f64) -> Result<(), ScheduleError> {
    if beta > 0.0 && beta < 1.0 {
        Ok(())
    } else {
        Err(ScheduleError::BetaOutOfRange { index, beta })
    }
}

/// `count` values in equal steps, both ends included; with one value, the start.
fn linspace(start: f64, end: f64, count: usize) -> Vec<f64> {
    let step = (end - start) / (count.max(2) - 1) as f64;
    (0..count).map(|i| start + i as f64 * step).collect()
}
