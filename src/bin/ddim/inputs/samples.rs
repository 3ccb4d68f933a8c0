//! Samples that a user gives: arrays and pictures.

use std::fmt::Display;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use ddim_wgpu::network::Model;
use ddim_wgpu::output::npy::NpyArray;

use super::picture;
use crate::exit::Failure;

/// Samples, or masks of samples.
pub struct Samples {
    pub count: usize,
    /// `[count, …sample_shape]`.
    pub values: Vec<f32>,
}

impl Samples {
    /// The values for `count` samples; a single one serves all.
    pub fn repeated(&self, option: &str, count: usize) -> Result<Vec<f32>, Failure> {
        match self.count {
            1 => Ok(self.values.repeat(count)),
            found if found == count => Ok(self.values.clone()),
            found => Err(Failure::usage(format_args!(
                "{option} holds {found} samples, but {count} are asked for"
            ))),
        }
    }
}

/// The samples of all files, one after another: `[count, …sample_shape]` values from a .npy file, or one sample from a picture.
///
/// A picture is scaled to the model's size and made grey if the model is; black becomes −1 and white 1.
pub fn read_samples(paths: &[PathBuf], model: &Model) -> Result<Samples, Failure> {
    let mut all = Samples {
        count: 0,
        values: Vec::new(),
    };
    for path in paths {
        let (count, values) = if is_picture(path) {
            (1, read_picture(path, model)?)
        } else {
            read_array(path, model)?
        };
        all.count += count;
        all.values.extend(values);
    }
    Ok(all)
}

/// A mask, `[1 or N, …sample_shape]`: from a picture 1 where it is nearer to white than to black, else 0; from an array its values,
/// `[N, …sample_shape]`, `[…sample_shape]` or, for images, `[height, width]` for all channels.
pub fn read_mask(path: &Path, model: &Model) -> Result<Samples, Failure> {
    let shape = model.sample_shape();
    if is_picture(path) {
        let grey = read_picture(path, model)?;
        let values = grey.iter().map(|&value| f32::from(u8::from(value > 0.0)));
        return Ok(Samples {
            count: 1,
            values: values.collect(),
        });
    }
    let array = NpyArray::open(path).map_err(|error| at(path, error))?;
    let of_one_channel = shape.len() == 3 && array.shape == shape[1..];
    if of_one_channel || array.shape == shape {
        let values = if of_one_channel {
            array.values.repeat(shape[0])
        } else {
            array.values
        };
        return Ok(Samples { count: 1, values });
    }
    let (count, values) = samples_of(array, path, model)?;
    Ok(Samples { count, values })
}

fn is_picture(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("png"))
}

fn read_array(path: &Path, model: &Model) -> Result<(usize, Vec<f32>), Failure> {
    let array = NpyArray::open(path).map_err(|error| at(path, error))?;
    samples_of(array, path, model)
}

fn samples_of(array: NpyArray, path: &Path, model: &Model) -> Result<(usize, Vec<f32>), Failure> {
    match array.shape.split_first() {
        Some((&count, sample)) if sample == model.sample_shape() => Ok((count, array.values)),
        _ => {
            let needed: Vec<String> = model.sample_shape().iter().map(usize::to_string).collect();
            let (found, name, needed) = (array.shape, model.name(), needed.join(", "));
            let problem = format!("shape {found:?}, but the model `{name}` needs [N, {needed}]");
            Err(at(path, problem))
        }
    }
}

/// A picture in the model's size and number of channels, channel after channel.
fn read_picture(path: &Path, model: &Model) -> Result<Vec<f32>, Failure> {
    let &[channels @ (1 | 3), height, width] = model.sample_shape() else {
        let problem = format!("a picture, but the model `{}` makes none", model.name());
        return Err(at(path, problem));
    };
    let file = File::open(path).map_err(|error| at(path, error))?;
    let shape = [channels, height, width];
    picture::decode(BufReader::new(file), shape).map_err(|error| at(path, error))
}

fn at(path: &Path, problem: impl Display) -> Failure {
    Failure::bad_input(format_args!("{}: {problem}", path.display()))
}
