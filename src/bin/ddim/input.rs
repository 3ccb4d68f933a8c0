//! Samples that a user gives: arrays and pictures.

use std::fmt::Display;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use ddim_wgpu::model::Mlp;
use ddim_wgpu::output::npy::NpyArray;

use crate::failure::Failure;
use crate::picture_input;

/// `[count, …sample_shape]` values from a .npy file, or one sample from a picture.
///
/// A picture is scaled to the model's size and made grey if the model is; black becomes −1 and white 1.
pub fn read_samples(path: &Path, model: &Mlp) -> Result<(usize, Vec<f32>), Failure> {
    match path.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("png") => {
            Ok((1, read_picture(path, model)?))
        }
        _ => read_array(path, model),
    }
}

fn read_array(path: &Path, model: &Mlp) -> Result<(usize, Vec<f32>), Failure> {
    let array = NpyArray::open(path).map_err(|error| at(path, error))?;
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

fn read_picture(path: &Path, model: &Mlp) -> Result<Vec<f32>, Failure> {
    let &[channels @ (1 | 3), height, width] = model.sample_shape() else {
        let problem = format!("a picture, but the model `{}` makes none", model.name());
        return Err(at(path, problem));
    };
    let file = File::open(path).map_err(|error| at(path, error))?;
    let shape = [channels, height, width];
    picture_input::decode(BufReader::new(file), shape).map_err(|error| at(path, error))
}

fn at(path: &Path, problem: impl Display) -> Failure {
    Failure::bad_input(format_args!("{}: {problem}", path.display()))
}
