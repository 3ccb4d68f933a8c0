//! What is done to an estimate of the data that leaves their range.

use super::error::SchedulerConfigError;

/// What is done to `x̂₀` before a step uses it.
#[doc(alias = "dynamic thresholding")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clipping {
    /// Nothing.
    None,
    /// Clamped to `±range`; `range` is above 0 and finite (`clip_sample_range`; data usually live
    /// in `[−1, 1]`).
    Range(f64),
    /// Dynamic thresholding (Saharia et al. 2022): per sample, `s` is the `ratio` quantile of
    /// `|x̂₀|` brought into `[1, max]`, and `x̂₀` becomes `clamp(x̂₀, −s, s)/s`. `ratio` is in
    /// `[0, 1]`, `max` at least 1 and finite.
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
