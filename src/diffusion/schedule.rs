//! Noise schedules: how much noise each training level has.

use super::NoiseLevel;

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
    /// A rate `β(t)` of a schedule in continuous time is negative, infinite or not a number.
    #[error("beta({time}) is {beta}: it must be at least 0 and finite at every time")]
    RateOutOfRange {
        /// The time.
        time: f64,
        /// The value there.
        beta: f64,
    },
    /// The integral of a rate `β(t)` cannot be had to the precision the levels need.
    #[error(
        "the integral of beta(t) from {from} to {to} does not converge: beta is singular or too rough there"
    )]
    Quadrature {
        /// Where the piece begins.
        from: f64,
        /// Where it ends.
        to: f64,
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

    /// `ᾱ_k = exp(−Σ_{i≤k} β_i·Δt)`: rates `β_i`, each above 0 and finite, that hold for `time_step` each.
    ///
    /// With `Δt = 1` and the same `β` this is close to [`from_betas`](Self::from_betas), but not the same: they differ by
    /// `O(Σβ²)`, and a network trained with one is not to be sampled with the other.
    ///
    /// # Errors
    /// [`ScheduleError::Parameter`], [`ScheduleError::Empty`] or [`ScheduleError::TooManyLevels`].
    pub fn exponential_of_sum(betas: &[f64], time_step: f64) -> Result<Self, ScheduleError> {
        Self::check_size(betas.len())?;
        check_positive("time_step", time_step)?;
        let mut sum = 0.0;
        let mut levels = Vec::with_capacity(betas.len());
        let mut rates = Vec::with_capacity(betas.len());
        for &beta in betas {
            check_positive("beta", beta)?;
            sum += beta * time_step;
            levels.push(NoiseLevel::from_ln(-sum)?);
            rates.push(beta * time_step);
        }
        Self::from_levels(levels, rates)
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

    pub(super) fn check_size(train_steps: usize) -> Result<(), ScheduleError> {
        let limit = Self::MAX_TRAIN_STEPS;
        match train_steps {
            0 => Err(ScheduleError::Empty),
            _ if train_steps > limit => Err(ScheduleError::TooManyLevels { train_steps, limit }),
            _ => Ok(()),
        }
    }

    /// The one place where a schedule comes into being, so that its invariant holds everywhere.
    pub(super) fn from_levels(
        levels: Vec<NoiseLevel>,
        rates: Vec<f64>,
    ) -> Result<Self, ScheduleError> {
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

pub(super) fn check_beta(index: usize, beta: f64) -> Result<(), ScheduleError> {
    if beta > 0.0 && beta < 1.0 {
        Ok(())
    } else {
        Err(ScheduleError::BetaOutOfRange { index, beta })
    }
}

pub(super) fn check_positive(name: &'static str, value: f64) -> Result<(), ScheduleError> {
    if value > 0.0 && value.is_finite() {
        Ok(())
    } else {
        let expected = "above 0 and finite";
        Err(ScheduleError::Parameter {
            name,
            value,
            expected,
        })
    }
}
