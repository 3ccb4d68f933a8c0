//! How a network was trained and how it is meant to be sampled.

use super::clipping::Clipping;
use super::error::SchedulerConfigError;
use super::names::{PredictionType, TimestepSpacing, Variance};
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
    /// Added to every timestep of a `leading` grid.
    pub steps_offset: usize,
    /// Where the last step goes.
    pub final_level: FinalLevel,
    /// Whether `ε̂` is made again from the clipped `x̂₀` (`(x − √ᾱ·x̂₀)/√(1−ᾱ)`; diffusers'
    /// `use_clipped_model_output`).
    pub rederive_epsilon: bool,
    /// The noise of the DDPM sampler.
    pub variance: Variance,
}

impl SchedulerConfig {
    /// Checks what the types cannot: clipping ranges, and that `ε`-prediction does not meet
    /// `ᾱ = 0`.
    ///
    /// # Errors
    /// [`SchedulerConfigError`] naming the setting.
    pub fn validate(&self) -> Result<(), SchedulerConfigError> {
        self.clipping.validate()?;
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
