//! Pictures of samples.

use std::io::Write;
use std::path::{Path, PathBuf};

use ddim_wgpu::network::TableColumn;
use ddim_wgpu::output::npy::{self, NpyArray};
use ddim_wgpu::output::{OutputFile, PictureLayout, Raster, gif, png};

use crate::data::Dataset;
use crate::error::Error;

/// Points, or rows of a table, that are shown.
const POINTS: usize = 4000;

/// Most pictures that are shown.
const PICTURES: usize = 80;

/// What is shown of samples: pictures as a grid, rows by their first two numbers.
#[derive(Debug, Clone)]
pub struct Shown {
    sample_shape: Vec<usize>,
    /// Which values of a row are its place.
    axes: [usize; 2],
    columns: Option<usize>,
    /// How many are shown.
    pub count: usize,
}

impl Shown {
    /// For samples of data.
    #[must_use]
    pub fn new(data: &Dataset) -> Self {
        let sample_shape = data.sample_shape.as_slice();
        let num_classes = data.num_classes();
        let pictures = data.has_pictures();
        // A category's values are −1 and 1, whose places are few.
        let mut first = 0;
        let places = data.config.columns.iter().map(|column| {
            let at = first;
            first += column.width();
            matches!(column, TableColumn::Number { .. }).then_some(at)
        });
        let numbers: Vec<usize> = places.flatten().collect();
        let axes = match *numbers {
            [x, y, ..] => [x, y],
            _ => [0, 1],
        };
        // Whole rows of the grid, one class a column.
        let columns = num_classes.filter(|&classes| pictures && (3..=20).contains(&classes));
        let count = match columns {
            Some(columns) => PICTURES / columns * columns,
            None if pictures => 64,
            None => POINTS,
        };
        Self {
            sample_shape: sample_shape.to_vec(),
            axes,
            columns,
            count,
        }
    }

    /// The values that are drawn, and their shape.
    fn drawn(&self, values: &[f32]) -> (Vec<f32>, Vec<usize>) {
        match *self.sample_shape {
            [1] => {
                let count = values.len() as f32;
                let place = |index: usize| (index as f32 + 0.5) / count * 2.0 - 1.0;
                let points = values.iter().enumerate();
                let points = points.flat_map(|(index, &value)| [value, place(index)]);
                (points.collect(), vec![2])
            }
            [width] => {
                let rows = values.chunks_exact(width);
                let places = rows.flat_map(|row| self.axes.map(|axis| row[axis]));
                (places.collect(), vec![2])
            }
            _ => (values.to_vec(), self.sample_shape.clone()),
        }
    }

    /// A picture of samples, `last` being those that a series ends in.
    fn draw(&self, values: &[f32], last: Option<&[f32]>) -> Result<Raster, Error> {
        let (drawn, shape) = self.drawn(values);
        let dims: usize = shape.iter().product();
        let count = drawn.len() / dims;
        let mut picture =
            PictureLayout::new(count, &shape, self.columns).map_err(Error::sampler)?;
        if let Some(last) = last {
            picture = picture.for_series(&self.drawn(last).0);
        }
        picture.draw(&drawn).map_err(Error::sampler)
    }

    /// Writes a picture, whole or not at all.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&self, path: &Path, values: &[f32]) -> Result<(), Error> {
        let raster = self.draw(values, None)?;
        let mut file = OutputFile::create(path).map_err(Error::sampler)?;
        png::write(&mut file, &raster, &[]).map_err(Error::io(path))?;
        file.finish().map_err(Error::sampler)
    }

    /// Keeps the samples of a checkpoint for [`animate`].
    ///
    /// # Errors
    /// Those of the file system.
    pub fn keep(&self, folder: &Path, step: usize, values: &[f32]) -> Result<(), Error> {
        let path = folder.join(format!("samples-{step:08}.npy"));
        let dims: usize = self.sample_shape.iter().product();
        let shape = [&[values.len() / dims], &*self.sample_shape].concat();
        write_npy(&path, &shape, values)
    }
}

/// Writes an array, whole or not at all.
pub(super) fn write_npy(path: &Path, shape: &[usize], values: &[f32]) -> Result<(), Error> {
    let mut file = OutputFile::create(path).map_err(Error::sampler)?;
    npy::write(&mut file, shape, values).map_err(Error::io(path))?;
    file.finish().map_err(Error::sampler)
}

/// Writes the samples of all checkpoints that were kept in a folder as an animation.
///
/// # Errors
/// Those of the file system.
pub fn animate(path: &Path, shown: &Shown, folder: &Path) -> Result<(), Error> {
    let entries = std::fs::read_dir(folder).map_err(Error::io(folder))?;
    let paths = entries.flatten().map(|entry| entry.path());
    let mut kept: Vec<PathBuf> = paths
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("samples-")
        })
        .collect();
    kept.sort();
    let frames = kept.iter().map(|path| {
        let array = NpyArray::open(path).map_err(Error::sampler)?;
        Ok(array.values)
    });
    let frames = frames.collect::<Result<Vec<_>, Error>>()?;
    let Some(last) = frames.last() else {
        return Ok(());
    };
    let rasters = frames.iter().map(|values| shown.draw(values, Some(last)));
    let rasters = rasters.collect::<Result<Vec<_>, _>>()?;
    let mut file = OutputFile::create(path).map_err(Error::sampler)?;
    let mut write = || {
        let mut animation = gif::Animation::new(&mut file, &rasters[0], rasters.len(), "")?;
        for raster in &rasters {
            animation.push(raster)?;
        }
        animation.finish()?.flush()
    };
    write().map_err(Error::io(path))?;
    file.finish().map_err(Error::sampler)
}
