//! Files that people and programs read: pictures, animations and arrays.
//!
//! Nothing here knows where samples come from. Samples are `[count, …sample_shape]` f32 in C order with data in `[−1, 1]`;
//! a sample shape is `[2]` (a point of the plane) or `[channels, height, width]` with 1 or 3 channels (an image), and what
//! has another shape is written as [`npy`].
//!
//! | file | from | by |
//! |---|---|---|
//! | [`npy`] | any samples | [`npy::write`] |
//! | [`png`] | a [`Raster`]: a [`grid`] of images or a [`scatter`] of points | [`png::write`] |
//! | [`strip`] | states of the same samples, side by side, as a raster |
//! | [`gif`] | rasters of equal size, one a step | [`gif::Animation`] |

#[cfg(feature = "image-output")]
mod animation;
#[cfg(feature = "image-output")]
mod braille;
mod file;
#[cfg(feature = "image-output")]
pub mod gif;
#[cfg(feature = "image-output")]
pub mod grid;
pub mod npy;
mod npy_header;
pub mod parameters;
#[cfg(feature = "image-output")]
mod picture;
#[cfg(feature = "plot")]
pub mod plot;
#[cfg(feature = "image-output")]
pub mod png;
#[cfg(feature = "image-output")]
mod raster;
mod samples;
#[cfg(feature = "image-output")]
pub mod scatter;
#[cfg(feature = "image-output")]
pub mod strip;

use std::io;
use std::path::PathBuf;

#[cfg(feature = "image-output")]
pub use animation::{MAX_FRAMES, frame_indices};
#[cfg(feature = "image-output")]
pub use braille::Braille;
pub use file::{OutputFile, remove_unfinished};
pub use parameters::RunParameters;
#[cfg(feature = "image-output")]
pub use picture::{Picture, PictureError};
#[cfg(feature = "image-output")]
pub use raster::{Pixels, Raster};

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
