//! The keys of `scheduler_config.json` that are this library's own, under the name `ddim_wgpu`:
//! schedules that diffusers' keys cannot say.

use serde::Deserialize;

use super::error::SchedulerConfigError;
use crate::diffusion::schedule::continuous::ContinuousSchedule;
use crate::diffusion::schedule::discrete::NoiseSchedule;

/// `"ddim_wgpu": {"schedule": …}`. A schedule in continuous time keeps its `β(t)`, which the
/// reverse SDE is made of.
#[derive(Deserialize)]
#[serde(tag = "schedule", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum OwnSchedule {
    /// `ᾱ(t) = e^{−beta·t}`.
    ConstantBeta {
        beta: f64,
        end_time: f64,
        times: Option<Vec<f64>>,
    },
    /// `β(t)` on a straight line from time 0 to `end_time`.
    LinearBeta {
        beta_min: f64,
        beta_max: f64,
        end_time: f64,
        times: Option<Vec<f64>>,
    },
    /// `ᾱ_k = exp(−Σ β_i·time_step)` of the file's `β`.
    ExponentialOfSum { time_step: f64 },
}

impl OwnSchedule {
    /// The schedule of `train_steps` levels, or of as many as there are times. `betas` are the
    /// file's, by diffusers' keys.
    pub(super) fn make(
        &self,
        train_steps: Option<usize>,
        betas: impl FnOnce() -> Result<NoiseSchedule, SchedulerConfigError>,
    ) -> Result<NoiseSchedule, SchedulerConfigError> {
        let (continuous, times) = match self {
            Self::ConstantBeta {
                beta,
                end_time,
                times,
            } => (ContinuousSchedule::constant(*beta, *end_time)?, times),
            Self::LinearBeta {
                beta_min,
                beta_max,
                end_time,
                times,
            } => (
                ContinuousSchedule::linear(*beta_min, *beta_max, *end_time)?,
                times,
            ),
            Self::ExponentialOfSum { time_step } => {
                let product = betas()?;
                let levels = 0..product.train_steps();
                let betas: Vec<f64> = levels.map(|timestep| product.rate(timestep)).collect();
                return Ok(NoiseSchedule::exponential_of_sum(&betas, *time_step)?);
            }
        };
        match (times, train_steps) {
            (None, train_steps) => Ok(continuous.discretise(train_steps.unwrap_or(1000))?),
            (Some(times), Some(train_steps)) if times.len() != train_steps => {
                Err(SchedulerConfigError::TimesLength {
                    times: times.len(),
                    train_steps,
                })
            }
            (Some(times), _) => Ok(continuous.at_times(times)?),
        }
    }
}
