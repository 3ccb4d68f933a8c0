//! What can be wrong with a model directory.

use std::io;
use std::path::PathBuf;

use safetensors::Dtype;

use crate::diffusion::SchedulerConfigError;

use super::activation::Activation;
use super::directory_kind::DirectoryKind;
use super::file_kind::FileKind;
use super::limits::{MAX_HEADER_BYTES, MAX_JSON_BYTES, MAX_TENSORS};

/// Why a model could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A file of the model directory could not be opened or read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// A JSON file is longer than [`MAX_JSON_BYTES`].
    #[error("{} is longer than {MAX_JSON_BYTES} bytes, which no configuration is", path.display())]
    JsonTooLarge {
        /// The file.
        path: PathBuf,
    },
    /// A file is of another kind than its name says.
    #[error("{} is {kind}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is.
        kind: FileKind,
    },
    /// A directory is another kind than a model's.
    #[error("{} is {kind}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What it is.
        kind: DirectoryKind,
    },
    /// `config.json` was refused.
    #[error("model `{model}`, config.json: {source}")]
    Config {
        /// The model's name.
        model: String,
        /// Why.
        source: ConfigError,
    },
    /// `scheduler_config.json` was refused.
    #[error("model `{model}`, scheduler_config.json: {source}")]
    Scheduler {
        /// The model's name.
        model: String,
        /// Why.
        source: SchedulerConfigError,
    },
    /// `model.safetensors` was refused.
    #[error("model `{model}`, model.safetensors: {source}")]
    Weights {
        /// The model's name.
        model: String,
        /// Why.
        source: WeightsError,
    },
    /// No model of that name is compiled in.
    #[error(
        "no model called `{name}` is compiled in: there {}",
        match available.as_slice() {
            [] => "is none".to_owned(),
            names => format!("is {}", names.join(", ")),
        }
    )]
    UnknownBundled {
        /// The name asked for.
        name: String,
        /// The names there are.
        available: Vec<&'static str>,
    },
}

/// Why a `config.json` was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Not JSON, or a key is missing, unknown, given twice, or of the wrong type; the message names
    /// it.
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

/// Why a `model.safetensors` was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The file could not be read.
    #[error("reading failed: {0}")]
    Io(#[from] io::Error),
    /// The file ends before what it promises.
    #[error("the file is truncated: it has {found} of {needed} bytes")]
    Truncated {
        /// Bytes the header calls for.
        needed: u64,
        /// Bytes in the file.
        found: u64,
    },
    /// The file goes on after the last tensor.
    #[error("the file has {found} bytes, but its tensors end at {needed}")]
    TrailingBytes {
        /// Bytes the header calls for.
        needed: u64,
        /// Bytes in the file.
        found: u64,
    },
    /// The header is longer than [`MAX_HEADER_BYTES`].
    #[error("the header claims {found} bytes: at most {MAX_HEADER_BYTES} are read")]
    HeaderTooLarge {
        /// Bytes claimed.
        found: u64,
    },
    /// The header is not a JSON object of at most [`MAX_TENSORS`] tensors.
    #[error("not a safetensors header of at most {MAX_TENSORS} tensors: {0}")]
    Header(#[source] serde_json::Error),
    /// Two tensors have one name.
    #[error("tensor `{name}` is there twice")]
    DuplicateTensor {
        /// The name.
        name: String,
    },
    /// A tensor overlaps the one before it, or leaves a gap.
    #[error(
        "tensor `{name}` occupies bytes {start} to {end}, but the data before it end at {expected}"
    )]
    Offsets {
        /// The tensor.
        name: String,
        /// First byte, in the data.
        start: usize,
        /// One past the last byte.
        end: usize,
        /// Where the tensor should start.
        expected: usize,
    },
    /// A tensor's bytes do not make its shape.
    #[error("tensor `{name}` has {bytes} bytes, which is not what shape {shape:?} takes")]
    Length {
        /// The tensor.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// Its bytes.
        bytes: usize,
    },
    /// The configuration calls for a tensor that is not there.
    #[error("tensor `{name}` of shape {shape:?} is missing")]
    MissingTensor {
        /// The tensor.
        name: String,
        /// The shape it should have.
        shape: Vec<usize>,
    },
    /// A tensor is there under a longer name, as wrappers of modules give it.
    #[error(
        "tensor `{name}` is there as `{prefix}{name}`: save the module itself and not its wrapper, \
         or remove the prefix with {{k.removeprefix('{prefix}'): v for k, v in tensors.items()}}"
    )]
    Prefixed {
        /// The tensor.
        name: String,
        /// What stands before its name.
        prefix: String,
    },
    /// A tensor is there that the configuration does not call for.
    #[error("tensor `{name}` is not part of the network that config.json describes")]
    UnexpectedTensor {
        /// The tensor.
        name: String,
    },
    /// A tensor has another shape than the configuration calls for.
    #[error("tensor `{name}` has shape {found:?}, but config.json calls for {expected:?}")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape it should have.
        expected: Vec<usize>,
    },
    /// A tensor is of a type that is not read.
    #[error("tensor `{name}` is of type {found:?}: convert it to F32, F16 or BF16")]
    DataType {
        /// The tensor.
        name: String,
        /// Its type.
        found: Dtype,
    },
    /// A weight is infinite or not a number.
    #[error("tensor `{name}` has {value} at index {index}: weights must be finite")]
    NonFinite {
        /// The tensor.
        name: String,
        /// The index in its data, row-major.
        index: usize,
        /// The value.
        value: f32,
    },
}
