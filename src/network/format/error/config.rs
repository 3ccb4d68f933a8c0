//! Why a `config.json` is refused.

use super::op::OpError;
use crate::network::format::activation::Activation;

/// Why a `config.json` was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Not JSON, or a key is missing, unknown, given twice, or of the wrong type; the message names
    /// it.
    #[error("not a valid config.json: {0}")]
    Json(#[from] serde_json::Error),
    /// `architecture` is neither `residual-mlp` nor `layers`.
    #[error("unknown architecture `{found}`: this version reads `residual-mlp` and `layers`")]
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
    /// An operation cannot be.
    #[error("ops[{index}]: {source}")]
    Op {
        /// Its index in `ops`.
        index: usize,
        /// What is wrong with it.
        source: OpError,
    },
    /// An input has the name of a register that is always there.
    #[error("an input cannot be called `{name}`: x, t and class are there already")]
    InputName {
        /// The name.
        name: String,
    },
    /// `unconditional` speaks of an input that there is not.
    #[error("`unconditional` names `{name}`, which is not one of the inputs")]
    NoSuchInput {
        /// The name.
        name: String,
    },
    /// No operation writes `out`.
    #[error("no operation writes the register `out`, which is the result")]
    NoResult,
    /// A register's value goes nowhere.
    #[error("the register `{register}` is never read: take it away")]
    NeverRead {
        /// The register.
        register: String,
    },
    /// The registers hold more values together than are allowed.
    #[error("the registers hold {found} values together: at most {limit} are read")]
    TooWide {
        /// Values of all registers.
        found: usize,
        /// The most that are read.
        limit: usize,
    },
    /// `out` is not as wide as the sample.
    #[error("`out` has {found} values, but the sample shape and `outputs` call for {expected}")]
    ResultWidth {
        /// Its width.
        found: usize,
        /// The width it should have.
        expected: usize,
    },
    /// A list of levels is not as long as the schedule.
    #[error("levels.t lists {found} numbers, but the scheduler has {expected} training levels")]
    LevelCount {
        /// Numbers in the list.
        found: usize,
        /// Training levels.
        expected: usize,
    },
    /// The value of an input in the unconditional pass is a tensor of another length.
    #[error(
        "the unconditional value of `{input}` has {found} values, but the input has {expected}"
    )]
    Unconditional {
        /// The input.
        input: String,
        /// Values of the tensor.
        found: usize,
        /// Values of the input.
        expected: usize,
    },
}
