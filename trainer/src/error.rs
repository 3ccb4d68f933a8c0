//! What can go wrong while training.

use std::path::PathBuf;

/// An error of the trainer; each names the file or value at fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{path}: {source}")]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path}: {source}")]
    Json {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("{path}: {reason}; run scripts/fetch-data.sh to fetch the training data")]
    Data { path: PathBuf, reason: String },
    #[error("tensor `{name}`: {reason}")]
    Tensor { name: String, reason: String },
    #[error("safetensors: {0}")]
    SafeTensors(#[from] safetensors::SafeTensorError),
    #[error("checkpoint: {0}")]
    Record(String),
    #[error("{0}")]
    Sampler(String),
    #[error("loss is not finite at step {step}; lower the learning rate")]
    Diverged { step: usize },
}

impl Error {
    /// Wraps an I/O error with the path it happened at.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }

    /// Wraps an error of the library.
    pub(crate) fn sampler(error: impl std::error::Error) -> Self {
        Self::Sampler(error.to_string())
    }

    /// Wraps a JSON error with the path it happened at.
    pub(crate) fn json(path: impl Into<PathBuf>) -> impl FnOnce(serde_json::Error) -> Self {
        let path = path.into();
        move |source| Self::Json { path, source }
    }
}
