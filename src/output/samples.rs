//! A session's samples as files.

use std::path::Path;

use crate::session::Samples;

use super::atomic_file::OutputFile;
use super::error::OutputError;
use super::npy;
#[cfg(feature = "image-output")]
use super::picture::PictureLayout;
#[cfg(feature = "image-output")]
use super::png;

impl Samples {
    /// Writes `[count, …sample_shape]` float32 as an `.npy` file, whole or not at all.
    ///
    /// # Errors
    /// [`OutputError`].
    pub fn write_npy(&self, path: impl AsRef<Path>) -> Result<(), OutputError> {
        let mut file = OutputFile::create(path.as_ref())?;
        npy::write(&mut file, &self.shape(), self.values()).map_err(|error| file.error(error))?;
        file.finish()
    }

    /// Draws images as a grid, points as a scatter, and writes a PNG, whole or not at all.
    ///
    /// # Errors
    /// [`OutputError`]; [`OutputError::Picture`] for samples of another shape.
    #[cfg(feature = "image-output")]
    pub fn write_png(&self, path: impl AsRef<Path>) -> Result<(), OutputError> {
        let picture = PictureLayout::new(self.count(), self.sample_shape(), None)?;
        let raster = picture.draw(self.values())?;
        let mut file = OutputFile::create(path.as_ref())?;
        png::write(&mut file, &raster, &[]).map_err(|error| file.error(error))?;
        file.finish()
    }
}
