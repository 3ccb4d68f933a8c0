//! What can be wrong with a scheduler configuration.

use crate::diffusion::named_enum::UnknownName;
use crate::diffusion::schedule::error::ScheduleError;

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
    /// `times` of a schedule of our own have another length than `num_train_timesteps`.
    #[error(
        "ddim_wgpu.times has {times} entries but num_train_timesteps is {train_steps}: they must agree"
    )]
    TimesLength {
        /// Entries of `times`.
        times: usize,
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
    /// A smallest `λ` that is not a number.
    #[error("lambda_min_clipped is not a number: give a half log-SNR, such as -5.1, or -Infinity")]
    LambdaMin,
    /// `ε`-prediction with a level without any signal, from which `x̂₀` cannot be had.
    #[error(
        "epsilon prediction with zero terminal SNR: at alpha_bar = 0 the noise says nothing about the data; \
         use v_prediction or sample prediction, or a schedule that ends above 0 (rescale_betas_zero_snr = false)"
    )]
    EpsilonWithZeroTerminalSnr,
}
