//! Why an array cannot be written or read.

use std::io;
use std::path::{Path, PathBuf};

/// Why a Zarr array cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ZarrError {
    /// A file cannot be written or read.
    #[error("cannot {what} {}: {source}", path.display())]
    Io {
        /// `write` or `read`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The directory has files of another kind.
    #[error("{}: there are files in it and no zarr.json; choose another directory", path.display())]
    NotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// An array of more files than a directory is to have.
    #[error(
        "an array of {chunks} chunks, of {limit} at most: take more samples to a chunk (--chunk), or \
         several arrays, each of samples of its own (--sample-offset)"
    )]
    TooManyChunks {
        /// Chunks of the array.
        chunks: usize,
        /// Chunks that it may have.
        limit: usize,
    },
    /// `zarr.json` is none that this library writes.
    #[error("{}: not an array of this program: {problem}", path.display())]
    Foreign {
        /// The document.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The array there is of a run with other parameters.
    #[error(
        "{}: an array of other parameters: {difference}; choose another directory, or remove that one",
        path.display()
    )]
    OtherRun {
        /// The array.
        path: PathBuf,
        /// The first difference.
        difference: String,
    },
    /// The samples there were made by a device of another class.
    #[error(
        "{}: its samples were made by `{found}`, and this is `{ours}`: bits agree within a class of devices \
         only. Choose the device, or mix them with --allow-mixed",
        path.display()
    )]
    OtherClass {
        /// The array.
        path: PathBuf,
        /// The class of those there.
        found: String,
        /// The class of this device.
        ours: String,
    },
    /// A chunk is missing or broken.
    #[error("{}: {problem}", path.display())]
    Chunk {
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

impl ZarrError {
    pub(super) fn writing(path: &Path, source: io::Error) -> Self {
        Self::io("write", path, source)
    }

    pub(super) fn reading(path: &Path, source: io::Error) -> Self {
        Self::io("read", path, source)
    }

    fn io(what: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        Self::Io { what, path, source }
    }
}
