//! How a network was trained and how it is meant to be sampled.

use super::clipping::Clipping;
use super::error::SchedulerConfigError;
use super::names::{LevelSpacing, PredictionType, Spacing, TimestepSpacing, Variance};
use super::wrap::Wrap;
use crate::diffusion::schedule::discrete::NoiseSchedule;

/// The level that the last step goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinalLevel {
    /// `ᾱ = 1`: the run ends on `x̂₀` itself (diffusers' `set_alpha_to_one = true`).
    One,
    /// `ᾱ_0`, the first training level (`set_alpha_to_one = false`, as latent diffusion has it).
    First,
}

/// A noise schedule with everything else a sampler needs to know of how its network was trained.
///
/// [`From<NoiseSchedule>`] gives the plainest one: `ε`-prediction, no clipping, leading grid
/// without offset, last step to `ᾱ = 1`. [`from_json`](Self::from_json) reads diffusers'
/// `scheduler_config.json`.
#[derive(Clone, Debug, PartialEq)]
pub struct SchedulerConfig {
    /// The levels the network was trained on.
    pub schedule: NoiseSchedule,
    /// What the network's output means.
    pub prediction: PredictionType,
    /// How the network is wrapped, where its output is not what `prediction` says.
    pub wrap: Wrap,
    /// What is done to `x̂₀`.
    pub clipping: Clipping,
    /// The grid used where a run asks for no other.
    pub spacing: TimestepSpacing,
    /// In place of `spacing`, a grid of levels (`use_karras_sigmas`).
    pub level_spacing: Option<LevelSpacing>,
    /// The smallest `λ = ½·ln(ᾱ/(1−ᾱ))` that a grid may visit (`lambda_min_clipped`): training
    /// levels with less are left out, as if the schedule ended before them. A cosine schedule ends
    /// at `λ = −9.9`, where the network says next to nothing and higher-order steps break.
    ///
    /// None: grids of timesteps may visit every level, and grids of levels start no lower than
    /// [`DEFAULT_LAMBDA_MIN`](Self::DEFAULT_LAMBDA_MIN).
    pub lambda_min_clipped: Option<f64>,
    /// Added to every timestep of a `leading` grid.
    pub steps_offset: usize,
    /// Where the last step goes.
    pub final_level: FinalLevel,
    /// Whether `ε̂` is made again from the clipped `x̂₀` (`(x − √ᾱ·x̂₀)/√(1−ᾱ)`; diffusers'
    /// `use_clipped_model_output`).
    pub rederive_epsilon: bool,
    /// The noise of the DDPM sampler.
    pub variance: Variance,
    /// How multistep methods end.
    pub ending: Ending,
}

/// How multistep methods end, by diffusers' names. The default is by the formula to the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// Whether the last steps are of lower order: in plans of fewer than 15 steps, and with UniPC
    /// in all.
    pub lower_order_final: bool,
    /// Whether the last step is Euler's.
    pub euler_at_final: bool,
}

impl SchedulerConfig {
    /// Where a grid of levels starts unless told otherwise: diffusers' advice for cosine schedules,
    /// `φ = 164`.
    pub const DEFAULT_LAMBDA_MIN: f64 = -5.1;

    /// The spacing used where a run asks for no other.
    #[must_use]
    pub fn default_spacing(&self) -> Spacing {
        match self.level_spacing {
            Some(spacing) => spacing.into(),
            None => self.spacing.into(),
        }
    }

    /// The number of training levels, from 0 on, that a grid of `spacing` may visit: those with
    /// `λ` from `lambda_min_clipped` up, at least 1.
    #[must_use]
    pub fn usable_levels(&self, spacing: Spacing) -> usize {
        let default = match spacing {
            Spacing::Timesteps(_) => f64::NEG_INFINITY,
            Spacing::Levels(_) => Self::DEFAULT_LAMBDA_MIN,
        };
        let lambda_min = self.lambda_min_clipped.unwrap_or(default);
        let levels = self.schedule.levels();
        let usable = levels.partition_point(|level| level.half_log_snr() >= lambda_min);
        let usable = match spacing {
            // From no signal to any is an infinite way in λ.
            Spacing::Levels(_) if levels[usable.max(1) - 1].is_pure_noise() => usable - 1,
            _ => usable,
        };
        usable.max(1)
    }

    /// Checks what the types cannot: clipping ranges, and that `ε`-prediction does not meet
    /// `ᾱ = 0`.
    ///
    /// # Errors
    /// [`SchedulerConfigError`] naming the setting.
    pub fn validate(&self) -> Result<(), SchedulerConfigError> {
        self.clipping.validate()?;
        if self.lambda_min_clipped.is_some_and(f64::is_nan) {
            return Err(SchedulerConfigError::LambdaMin);
        }
        let by_noise = match self.wrap {
            Wrap::None => self.prediction == PredictionType::Epsilon,
            wrap => !wrap.allows_pure_noise(),
        };
        if by_noise && self.schedule.has_zero_terminal_snr() {
            return Err(SchedulerConfigError::EpsilonWithZeroTerminalSnr);
        }
        Ok(())
    }
}

impl From<NoiseSchedule> for SchedulerConfig {
    fn from(schedule: NoiseSchedule) -> Self {
        Self {
            schedule,
            prediction: PredictionType::Epsilon,
            wrap: Wrap::None,
            clipping: Clipping::None,
            spacing: TimestepSpacing::Leading,
            level_spacing: None,
            lambda_min_clipped: None,
            steps_offset: 0,
            final_level: FinalLevel::One,
            rederive_epsilon: false,
            variance: Variance::Small,
            ending: Ending::default(),
        }
    }
}

impl From<&NoiseSchedule> for SchedulerConfig {
    fn from(schedule: &NoiseSchedule) -> Self {
        schedule.clone().into()
    }
}

impl From<&SchedulerConfig> for SchedulerConfig {
    fn from(config: &SchedulerConfig) -> Self {
        config.clone()
    }
}
