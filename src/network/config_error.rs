//! What can be wrong with a `config.json`.

use super::config::Activation;

/// Why a `config.json` was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Not JSON, or a key is missing, unknown, given twice, or of the wrong type; the message names it.
    #[error("not a valid config.json: {0}")]
    Json(#[from] serde_json::Error),
    /// `architecture` is not `residual-mlp`.
    #[error("unknown architecture `{found}`: this version reads `residual-mlp`")]
    UnknownArchitecture {
        /// What the file says.
        found: String,
    },
    /// `activation` is not one of [`Activation::NAMES`].
    #[error("unknown activation `{found}`: use one of {}", Activation::NAMES.join(", "))]
    UnknownActivation {
        /// What the file says.
        found: String,
    },
    /// `sample_shape` has neither one nor three entries.
    #[error("sample_shape {found:?} has {} entries: use [d] or [channels, height, width]", found.len())]
    SampleShape {
        /// What the file says.
        found: Vec<usize>,
    },
    /// A size is outside its range.
    #[error("{key} is {value}: it must be from {min} to {max}")]
    OutOfRange {
        /// The key in `config.json`, or what is computed from several.
        key: &'static str,
        /// What the file says, or the computed size (saturating).
        value: usize,
        /// Smallest value allowed.
        min: usize,
        /// Largest value allowed.
        max: usize,
    },
    /// A number is not usable.
    #[error("{key} is {value}: it must be {requirement}")]
    Number {
        /// The key in `config.json`.
        key: &'static str,
        /// What the file says.
        value: f64,
        /// What would do.
        requirement: &'static str,
    },
}
