//! Files that people and programs read: pictures, animations and arrays.
//!
//! Nothing here knows where samples come from. Samples are `[count, …sample_shape]` f32 in C order
//! with data in `[−1, 1]`; a sample shape is `[2]` (a point of the plane) or `[channels, height,
//! width]` with 1 or 3 channels (an image), and what has another shape is written as [`npy`].
//!
//! | file | from | by |
//! |---|---|---|
//! | [`npy`] | any samples | [`npy::write`] |
//! | [`png`] | a [`Raster`]: a [`grid`] of images or a [`scatter`] of points | [`png::write`] |
//! | [`csv`] | rows of a table, as texts | [`csv::write_row`] |
//! | [`strip`] | states of the same samples, side by side, as a raster |
//! | `zarr` | any samples, by any number of processes | `zarr::ZarrArray`, `zarr::ChunkSink` |
//! | [`gif`] | rasters of equal size, one a step | [`gif::Animation`] |

#[cfg(feature = "image-output")]
mod animation;
mod atomic_file;
#[cfg(any(feature = "image-output", feature = "zarr"))]
mod byte;
pub mod csv;
#[cfg(unix)]
mod descriptor;
mod error;
#[cfg(feature = "image-output")]
pub mod gif;
pub mod npy;
#[cfg(any(windows, test))]
mod patience;
#[cfg(feature = "image-output")]
mod picture;
#[cfg(feature = "plot")]
pub mod plot;
#[cfg(feature = "image-output")]
pub mod png;
mod provenance;
#[cfg(feature = "image-output")]
mod recorded;
mod samples;
mod temporary;
#[cfg(any(windows, test))]
mod windows_name;
#[cfg(feature = "zarr")]
pub mod zarr;

#[cfg(feature = "image-output")]
pub use animation::MAX_FRAMES;
pub use atomic_file::OutputFile;
pub use error::OutputError;
#[cfg(feature = "image-output")]
pub use picture::{Braille, PictureError, PictureLayout, Pixels, Raster, grid, scatter, strip};
pub use provenance::RunParameters;
#[cfg(feature = "image-output")]
pub use recorded::{RecordedError, RecordedRun};
pub use temporary::remove_unfinished;
