//! Why an output file could not be made.

use std::io;
use std::path::PathBuf;

#[cfg(feature = "image-output")]
use super::picture::PictureError;

/// Why an output file could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// The file cannot be started.
    #[error("cannot create {}: {source}", path.display())]
    Create {
        /// The file as asked for.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The file was started but could not be completed; it has been removed.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file as asked for.
        path: PathBuf,
        /// The operating system's or encoder's reason.
        source: io::Error,
    },
    /// The samples cannot be drawn.
    #[cfg(feature = "image-output")]
    #[error(transparent)]
    Picture(#[from] PictureError),
}
