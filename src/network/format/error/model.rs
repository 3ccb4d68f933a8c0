//! Why a model cannot be loaded.

use std::io;
use std::path::PathBuf;

use crate::diffusion::SchedulerConfigError;

use super::config::ConfigError;
use super::data_config::DataConfigError;
use super::weights::WeightsError;
use crate::network::format::directory_kind::DirectoryKind;
use crate::network::format::file_kind::FileKind;
use crate::network::format::limits::MAX_JSON_BYTES;

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
    /// `data_config.json` was refused.
    #[error("model `{model}`: {source}")]
    DataConfig {
        /// The model's name.
        model: String,
        /// Why.
        source: DataConfigError,
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
