//! How a network was trained and how it is meant to be sampled.

use super::{NoiseSchedule, PredictionType, ScheduleError, TimestepSpacing, UnknownName, Variance};

/// Why a scheduler configuration is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SchedulerConfigError {
    /// The text is not JSON, or a known key has a value of the wrong type.
    #[error("scheduler config, line {line} column {column}: {message}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// The noise schedule it describes cannot be made.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// A name that is not known.
    #[error(transparent)]
    Name(#[from] UnknownName),
    /// A scheduler whose equations are not those of this library.
    #[error(
        "scheduler class `{class}` is not supported: use DDIMScheduler, DDIMInverseScheduler or DDPMScheduler"
    )]
    UnsupportedClass {
        /// The value of `_class_name`.
        class: String,
    },
    /// `trained_betas` has another length than `num_train_timesteps`.
    #[error(
        "trained_betas has {betas} entries but num_train_timesteps is {train_steps}: they must agree"
    )]
    TrainedBetasLength {
        /// Entries of `trained_betas`.
        betas: usize,
        /// `num_train_timesteps`.
        train_steps: usize,
    },
    /// A clipping range that is not above 0 and finite.
    #[error("clip range is {range}: it must be above 0 and finite")]
    ClipRange {
        /// The value.
        range: f64,
    },
    /// Dynamic thresholding with a ratio that is no quantile.
    #[error("dynamic thresholding ratio is {ratio}: it must be from 0 to 1")]
    ThresholdRatio {
        /// The value.
        ratio: f64,
    },
    /// Dynamic thresholding with a largest threshold below its smallest, which is 1.
    #[error("dynamic thresholding maximum is {max}: it must be finite and at least 1")]
    ThresholdMax {
        /// The value.
        max: f64,
    },
    /// `ε`-prediction with a level without any signal, from which `x̂₀` cannot be had.
    #[error(
        "epsilon prediction with zero terminal SNR: at alpha_bar = 0 the noise says nothing about the data; \
         use v_prediction or sample prediction, or a schedule that ends above 0 (rescale_betas_zero_snr = false)"
    )]
    EpsilonWithZeroTerminalSnr,
}

/// What is done to `x̂₀` before a step uses it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clipping {
    /// Nothing.
    None,
    /// Clamped to `±range`; `range` is above 0 and finite (`clip_sample_range`; data usually live in `[−1, 1]`).
    Range(f64),
    /// Dynamic thresholding (Saharia et al. 2022): per sample, `s` is the `ratio` quantile of `|x̂₀|` brought into `[1, max]`,
    /// and `x̂₀` becomes `clamp(x̂₀, −s, s)/s`. `ratio` is in `[0, 1]`, `max` at least 1 and finite.
    DynamicThreshold {
        /// The quantile that sets the threshold, e.g. 0.995.
        ratio: f64,
        /// The largest threshold.
        max: f64,
    },
}

impl Clipping {
    /// Whether `x̂₀` is changed at all.
    #[must_use]
    pub fn is_active(self) -> bool {
        self != Self::None
    }

    /// Checks the ranges given with each variant.
    ///
    /// # Errors
    /// [`SchedulerConfigError::ClipRange`], [`SchedulerConfigError::ThresholdRatio`] or
    /// [`SchedulerConfigError::ThresholdMax`].
    pub fn validate(self) -> Result<(), SchedulerConfigError> {
        match self {
            Self::Range(range) if !(range > 0.0 && range.is_finite()) => {
                Err(SchedulerConfigError::ClipRange { range })
            }
            Self::DynamicThreshold { ratio, .. } if !(0.0..=1.0).contains(&ratio) => {
                Err(SchedulerConfigError::ThresholdRatio { ratio })
            }
            Self::DynamicThreshold { max, .. } if !(max >= 1.0 && max.is_finite()) => {
                Err(SchedulerConfigError::ThresholdMax { max })
            }
            _ => Ok(()),
        }
    }
}

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
/// [`From<NoiseSchedule>`] gives the plainest one: `ε`-prediction, no clipping, leading grid without offset, last step to
/// `ᾱ = 1`. [`from_json`](Self::from_json) reads diffusers' `scheduler_config.json`.
#[derive(Clone, Debug, PartialEq)]
pub struct SchedulerConfig {
    /// The levels the network was trained on.
    pub schedule: NoiseSchedule,
    /// What the network's output means.
    pub prediction: PredictionType,
    /// What is done to `x̂₀`.
    pub clipping: Clipping,
    /// The grid used where a run asks for no other.
    pub spacing: TimestepSpacing,
    /// Added to every timestep of a `leading` grid.
    pub steps_offset: usize,
    /// Where the last step goes.
    pub final_level: FinalLevel,
    /// Whether `ε̂` is made again from the clipped `x̂₀` (`(x − √ᾱ·x̂₀)/√(1−ᾱ)`; diffusers' `use_clipped_model_output`).
    pub rederive_epsilon: bool,
    /// The noise of the DDPM sampler.
    pub variance: Variance,
}

impl SchedulerConfig {
    /// Checks what the types cannot: clipping ranges, and that `ε`-prediction does not meet `ᾱ = 0`.
    ///
    /// # Errors
    /// [`SchedulerConfigError`] naming the setting.
    pub fn validate(&self) -> Result<(), SchedulerConfigError> {
        self.clipping.validate()?;
        if self.prediction == PredictionType::Epsilon && self.schedule.has_zero_terminal_snr() {
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
            clipping: Clipping::None,
            spacing: TimestepSpacing::Leading,
            steps_offset: 0,
            final_level: FinalLevel::One,
            rederive_epsilon: false,
            variance: Variance::Small,
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
