//! Samples that a user gives, read as they are needed.

use std::ops::Range;
use std::path::{Path, PathBuf};

use ddim_wgpu::network::Model;
use ddim_wgpu::output::npy::NpyRows;

use super::files::at;
use super::picture::Conversion;
use super::samples::{Samples, count_of, read_samples, remark_on_range};
use crate::exit::Failure;
use crate::terminal::note;

/// Samples that a user gives.
pub enum Given {
    /// In memory.
    Held(Samples),
    /// In an array on the disk, of any length.
    OnDisk { path: PathBuf, rows: Box<NpyRows> },
}

impl Given {
    /// Opens a single array, and reads everything else, as [`read_samples`] takes it.
    pub fn open(
        paths: &[PathBuf],
        model: &Model,
        conversion: &Conversion,
    ) -> Result<Self, Failure> {
        if let [path] = paths
            && is_array(path)
            && let Some(rows) = NpyRows::open(path).map_err(|error| at(path, error))?
        {
            count_of(rows.shape(), path, model)?;
            return Ok(Self::OnDisk {
                path: path.clone(),
                rows: Box::new(rows),
            });
        }
        read_samples(paths, model, conversion).map(Self::Held)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Held(samples) => samples.count,
            Self::OnDisk { rows, .. } => rows.shape()[0],
        }
    }

    /// Reads a range once, before the work: whether all its values are finite, and what else there
    /// is to say of them.
    pub fn look_over(&mut self, range: Range<usize>) -> Result<(), Failure> {
        if let Self::OnDisk { path, rows } = self {
            let bounds = rows.bounds(range).map_err(|error| at(path, error))?;
            if let Some(remark) = remark_on_range(rows.element(), bounds) {
                note(format_args!("note: {}: {remark}", path.display()));
            }
        }
        Ok(())
    }

    /// The values of a range of samples, `[samples, …sample_shape]`.
    pub fn read(&mut self, range: Range<usize>) -> Result<Vec<f32>, Failure> {
        match self {
            Self::Held(samples) => {
                let dims = samples.values.len() / samples.count.max(1);
                Ok(samples.values[range.start * dims..range.end * dims].to_vec())
            }
            Self::OnDisk { path, rows } => {
                rows.read_samples(range).map_err(|error| at(path, error))
            }
        }
    }
}

/// Whether a path is a file that begins as an array does. What cannot be opened is told by whoever
/// reads it.
fn is_array(path: &Path) -> bool {
    use std::io::Read;

    let is_file = path.metadata().is_ok_and(|metadata| metadata.is_file());
    let mut start = [0; 6];
    let read = |file: std::fs::File| { &file }.read_exact(&mut start);
    is_file && std::fs::File::open(path).and_then(read).is_ok() && start == *b"\x93NUMPY"
}
