//! What can go wrong while training.

use std::path::PathBuf;

use crate::data::DataError;

/// An error of the trainer; each names the file, option or value at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The data are not usable.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Options that cannot be, alone or together.
    #[error("{0}")]
    Usage(String),
    /// A recipe is not one.
    #[error("{}: {reason}", path.display())]
    Recipe {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        reason: String,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: std::io::Error,
    },
    /// A file is no JSON of the kind it should be.
    #[error("{}: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: serde_json::Error,
    },
    /// The output directory holds something else.
    #[error("{} is there already: give --resume to go on with it, or --overwrite", path.display())]
    Occupied {
        /// The directory.
        path: PathBuf,
    },
    /// There is no checkpoint to go on from.
    #[error("{} has no checkpoint to go on from", path.display())]
    NothingToResume {
        /// The model directory.
        path: PathBuf,
    },
    /// The data are not those that the run began with.
    #[error("{} is not the data that this run began with: its hash is another", path.display())]
    OtherData {
        /// The data.
        path: PathBuf,
    },
    /// A tensor of a file is not what it should be.
    #[error("tensor `{name}`: {reason}")]
    Tensor {
        /// Its name.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// A file of tensors is broken.
    #[error("safetensors: {0}")]
    SafeTensors(#[from] safetensors::SafeTensorError),
    /// A checkpoint cannot be written or read.
    #[error("checkpoint: {0}")]
    Record(String),
    /// The sampler's library refuses.
    #[error("{0}")]
    Sampler(String),
    /// No device is what was asked for.
    #[error("{0}")]
    NoDevice(String),
    /// The loss is no number any more.
    #[error("the loss is not finite at step {step}: lower --learning-rate")]
    Diverged {
        /// The step.
        step: usize,
    },
}

impl Error {
    /// Wraps an I/O error with the path it happened at.
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }

    /// Wraps a JSON error with the path it happened at.
    pub fn json(path: impl Into<PathBuf>) -> impl FnOnce(serde_json::Error) -> Self {
        let path = path.into();
        move |source| Self::Json { path, source }
    }

    /// Wraps an error of the library.
    pub fn sampler(error: impl std::error::Error) -> Self {
        Self::Sampler(error.to_string())
    }

    /// The exit code; the same as the command's.
    #[must_use]
    pub fn status(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Occupied { .. } => 2,
            Self::NoDevice(_) => 3,
            Self::Data(_)
            | Self::Recipe { .. }
            | Self::NothingToResume { .. }
            | Self::OtherData { .. }
            | Self::Json { .. }
            | Self::Tensor { .. }
            | Self::SafeTensors(_) => 4,
            Self::Io { .. } | Self::Record(_) | Self::Sampler(_) | Self::Diverged { .. } => 1,
        }
    }
}
