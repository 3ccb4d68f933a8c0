//! Noise schedules: how much noise each training level has.

use super::error::ScheduleError;
use super::noise_level::NoiseLevel;

/// The noise levels `t = 0 … T−1` that a network was trained on.
///
/// `ᾱ` is strictly decreasing in `t` and lies in `(0, 1]`; only the last level may be 0.
#[doc(alias = "noise schedule")]
#[derive(Clone, Debug, PartialEq)]
pub struct NoiseSchedule {
    /// Level `t` at index `t`; never empty.
    levels: Vec<NoiseLevel>,
    /// `−d ln ᾱ/dt` at each level, per training step; see [`Self::rate`].
    rates: Vec<f64>,
    /// The time of each level, where training steps are not even.
    times: Option<Vec<f64>>,
}

impl NoiseSchedule {
    /// The most levels a schedule may have.
    pub const MAX_TRAIN_STEPS: usize = 1 << 20;

    /// `ᾱ_k = ∏_{i≤k} (1 − β_i)`; one `β` per level, each in `(0, 1)`.
    ///
    /// # Errors
    /// [`ScheduleError::BetaOutOfRange`], [`ScheduleError::Empty`] or
    /// [`ScheduleError::TooManyLevels`].
    pub fn from_betas(betas: &[f64]) -> Result<Self, ScheduleError> {
        for (index, &beta) in betas.iter().enumerate() {
            check_beta(index, beta)?;
        }
        Self::from_trained_betas(betas)
    }

    /// As [`from_betas`](Self::from_betas), with the ends that trained networks come with: the
    /// first `β` may be 0, so that level 0 is data without noise, and the last may be 1, so that
    /// the last level is noise without data (zero terminal SNR).
    ///
    /// # Errors
    /// As [`from_betas`](Self::from_betas).
    pub fn from_trained_betas(betas: &[f64]) -> Result<Self, ScheduleError> {
        Self::check_size(betas.len())?;
        let last = betas.len() - 1;
        let mut ln_alpha_bar = 0.0;
        let mut levels = Vec::with_capacity(betas.len());
        for (index, &beta) in betas.iter().enumerate() {
            let is_end = (index == 0 && beta == 0.0) || (index == last && index > 0 && beta == 1.0);
            if !is_end {
                check_beta(index, beta)?;
            }
            ln_alpha_bar += (-beta).ln_1p();
            levels.push(NoiseLevel::from_ln(ln_alpha_bar)?);
        }
        Self::from_levels(levels, betas.to_vec())
    }

    /// `ᾱ_k = exp(−Σ_{i≤k} β_i·Δt)`: rates `β_i`, each above 0 and finite, that hold for
    /// `time_step` each.
    ///
    /// With `Δt = 1` and the same `β` this is close to [`from_betas`](Self::from_betas), but not
    /// the same: they differ by `O(Σβ²)`, and a network trained with one is not to be sampled with
    /// the other.
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

    /// Levels given directly, `ᾱ` of `t = 0` first; strictly decreasing, in `(0, 1]`, the last one
    /// may be 0.
    ///
    /// # Errors
    /// [`ScheduleError::AlphaBarOutOfRange`], [`ScheduleError::NotDecreasing`],
    /// [`ScheduleError::Empty`] or [`ScheduleError::TooManyLevels`].
    pub fn from_alpha_bars(alpha_bars: &[f64]) -> Result<Self, ScheduleError> {
        Self::check_size(alpha_bars.len())?;
        let levels = alpha_bars
            .iter()
            .map(|&alpha_bar| NoiseLevel::from_alpha_bar(alpha_bar))
            .collect::<Result<Vec<_>, _>>()?;
        let rates = step_betas(&levels);
        Self::from_levels(levels, rates)
    }

    /// The same schedule rescaled so that its last level has no signal: with `s = √ᾱ`,
    /// `s ← (s − s_T)·s_0/(s_0 − s_T)` (Lin et al. 2024, algorithm 1). `ε`-prediction is impossible
    /// with it.
    ///
    /// # Errors
    /// [`ScheduleError::NotDecreasing`] where there is a single level, which cannot be first and
    /// last at once.
    #[doc(alias = "zero terminal SNR")]
    pub fn rescale_zero_terminal_snr(&self) -> Result<Self, ScheduleError> {
        let (first, last) = (self.levels[0], self.levels[self.train_steps() - 1]);
        if first == last {
            return Err(ScheduleError::NotDecreasing {
                index: 1,
                previous: first.alpha_bar(),
                alpha_bar: first.alpha_bar(),
            });
        }
        // ln of the formula, factored so that levels near ᾱ = 1 keep their precision; at the last
        // level it is ln 0 = −∞.
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
    #[doc(alias = "alphas_cumprod")]
    #[must_use]
    pub fn levels(&self) -> &[NoiseLevel] {
        &self.levels
    }

    /// `β_t = 1 − ᾱ_t/ᾱ_{t−1}` (with `ᾱ_{−1} = 1`), in `(0, 1]`: the variance of the noise added
    /// between two levels.
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

    /// `β(t)·Δ` of the VP-SDE over one training step at level `t`, which is what reverse-SDE steps
    /// are made of: `β(t)` itself where the schedule was made in continuous time, and the level's
    /// `β` otherwise (Song et al. 2021, equation 11).
    ///
    /// # Panics
    /// Where `timestep` is not below [`train_steps`](Self::train_steps).
    #[must_use]
    pub fn rate(&self, timestep: usize) -> f64 {
        self.rates[timestep]
    }

    /// The level of any `timestep` from 0 to `T − 1`: between two training levels it is where
    /// `λ = ½·ln(ᾱ/(1−ᾱ))` lies on the line between theirs, as diffusers' `_sigma_to_t` has it.
    ///
    /// Beside a level without signal or without noise there is no such line: there it is the nearer
    /// training level.
    ///
    /// # Panics
    /// Where `timestep` is below 0, above `T − 1` or not a number.
    #[must_use]
    pub fn level_at(&self, timestep: f64) -> NoiseLevel {
        let (below, fraction) = self.between(timestep);
        if fraction == 0.0 {
            return self.levels[below];
        }
        let ends = [self.levels[below], self.levels[below + 1]];
        let [from, to] = ends.map(NoiseLevel::half_log_snr);
        if !(from - to).is_finite() {
            return ends[fraction.round() as usize];
        }
        NoiseLevel::from_half_log_snr(from + fraction * (to - from))
    }

    /// The timestep from 0 to `T − 1` at which [`level_at`](Self::level_at) is `level`; the nearest
    /// end where the schedule does not reach it.
    #[must_use]
    pub fn timestep_of(&self, level: NoiseLevel) -> f64 {
        let above = self.levels.partition_point(|at| *at >= level);
        if above == 0 {
            return 0.0;
        }
        let below = above - 1;
        let Some(next) = self.levels.get(above) else {
            return below as f64;
        };
        let lambda = NoiseLevel::half_log_snr;
        let (from, to) = (lambda(self.levels[below]), lambda(*next));
        if level == self.levels[below] || !(from - to).is_finite() {
            return below as f64;
        }
        below as f64 + (from - lambda(level)) / (from - to)
    }

    /// [`rate`](Self::rate) at any `timestep` from 0 to `T − 1`, on the
    /// line between its neighbours.
    ///
    /// # Panics
    /// As [`level_at`](Self::level_at).
    #[must_use]
    pub fn rate_at(&self, timestep: f64) -> f64 {
        let (below, fraction) = self.between(timestep);
        let from = self.rates[below];
        match self.rates.get(below + 1) {
            Some(to) if fraction > 0.0 => from + fraction * (to - from),
            _ => from,
        }
    }

    /// The training level at or below `timestep`, and how far beyond it that lies, below 1.
    fn between(&self, timestep: f64) -> (usize, f64) {
        let last = (self.train_steps() - 1) as f64;
        assert!(
            (0.0..=last).contains(&timestep),
            "timestep {timestep} is outside the schedule: from 0 to {last}"
        );
        (timestep as usize, timestep.fract())
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
        Ok(Self {
            levels,
            rates,
            times: None,
        })
    }

    /// The same levels at these rising times, one for each.
    pub(super) fn with_times(self, times: Vec<f64>) -> Self {
        Self {
            times: Some(times),
            ..self
        }
    }

    /// How far `to` lies before `from`, both from 0 to `T − 1`, or data before it: in training
    /// steps of the length that they have at `from`.
    pub(in crate::diffusion) fn distance(&self, from: f64, to: Option<f64>) -> f64 {
        // Data are one step before level 0.
        let Some(times) = &self.times else {
            return from - to.unwrap_or(-1.0);
        };
        let before = |k: usize| k.checked_sub(1).map_or(0.0, |k| times[k]);
        let along = |value: &dyn Fn(usize) -> f64, timestep: f64| {
            let (below, fraction) = self.between(timestep);
            let above = (below + 1).min(times.len() - 1);
            value(below) + fraction * (value(above) - value(below))
        };
        let time = |timestep| along(&|k| times[k], timestep);
        let length = along(&|k| times[k] - before(k), from);
        (time(from) - to.map_or(0.0, time)) / length
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
