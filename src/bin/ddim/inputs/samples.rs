//! Samples that a user gives, read at once: arrays and pictures.

use std::path::{Path, PathBuf};

use ddim_wgpu::network::Model;
use ddim_wgpu::output::npy::{Element, NpyArray};

use super::files::{self, Content, at};
use super::picture::Conversion;
use crate::exit::Failure;
use crate::terminal::note;

/// Samples, or masks of samples.
pub struct Samples {
    pub count: usize,
    /// `[count, …sample_shape]`.
    pub values: Vec<f32>,
}

impl Samples {
    fn new() -> Self {
        Self {
            count: 0,
            values: Vec::new(),
        }
    }

    fn push(&mut self, (count, values): (usize, Vec<f32>)) {
        self.count += count;
        self.values.extend(values);
    }

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

/// The samples of all files, one after another: `[count, …sample_shape]` values from a .npy file,
/// one sample from a picture, one for each frame of a .gif, all pictures of a directory; `-` is
/// standard input.
///
/// A picture is brought to the model's size and made grey if the model is; black becomes −1 and
/// white
/// 1. So do the unsigned 8-bit and 16-bit integers of an array.
pub fn read_samples(
    paths: &[PathBuf],
    model: &Model,
    conversion: &Conversion,
) -> Result<Samples, Failure> {
    let mut all = Samples::new();
    let mut remarks = Remarks::default();
    for path in expanded(paths)? {
        let shape = model.sample_shape();
        match files::read(&path, shape, model.name(), conversion)? {
            Content::Pictures(pictures) => {
                remarks.add(&path, pictures.notes);
                all.push((pictures.count, pictures.values));
            }
            Content::Array(array) => {
                remarks.add(&path, range_remark(&array).into_iter().collect());
                let count = count_of(&array.shape, &path, model)?;
                all.push((count, array.into_samples()));
            }
        }
    }
    remarks.tell();
    Ok(all)
}

fn expanded(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let files: Vec<Vec<PathBuf>> = paths
        .iter()
        .map(|path| files::expand(path))
        .collect::<Result<_, _>>()?;
    Ok(files.concat())
}

/// Masks, `[1 or N, …sample_shape]`: from a picture 1 where it is nearer to white than to black,
/// else 0, one for each picture; from an array its values, `[N, …sample_shape]`, `[…sample_shape]`
/// or, for images, `[height, width]` for all channels. Of unsigned bytes 255 is 1, where any is
/// above 1.
pub fn read_mask(path: &Path, model: &Model, conversion: &Conversion) -> Result<Samples, Failure> {
    let shape = model.sample_shape();
    let mut all = Samples::new();
    let mut remarks = Remarks::default();
    for path in files::expand(path)? {
        match files::read(&path, shape, model.name(), conversion)? {
            Content::Pictures(pictures) => {
                remarks.add(&path, pictures.notes);
                let grey = pictures.values.into_iter();
                let values = grey.map(|value| f32::from(u8::from(value > 0.0)));
                all.push((pictures.count, values.collect()));
            }
            Content::Array(array) => all.push(mask_of(array, &path, model)?),
        }
    }
    remarks.tell();
    Ok(all)
}

fn mask_of(mut array: NpyArray, path: &Path, model: &Model) -> Result<(usize, Vec<f32>), Failure> {
    if array.element == Element::U8 && array.values.iter().any(|&value| value > 1.0) {
        array.values.iter_mut().for_each(|value| *value /= 255.0);
    }
    let shape = model.sample_shape();
    if shape.len() == 3 && array.shape == shape[1..] {
        return Ok((1, array.values.repeat(shape[0])));
    }
    if array.shape == shape {
        return Ok((1, array.values));
    }
    let count = count_of(&array.shape, path, model)?;
    Ok((count, array.values))
}

/// How many samples an array holds.
pub(super) fn count_of(shape: &[usize], path: &Path, model: &Model) -> Result<usize, Failure> {
    match shape.split_first() {
        Some((&count, sample)) if sample == model.sample_shape() => Ok(count),
        _ => {
            let needed: Vec<String> = model.sample_shape().iter().map(usize::to_string).collect();
            let (name, needed) = (model.name(), needed.join(", "));
            let problem = format!("shape {shape:?}, but the model `{name}` needs [N, {needed}]");
            Err(at(path, problem))
        }
    }
}

fn range_remark(array: &NpyArray) -> Option<String> {
    let low = array.values.iter().copied().fold(f32::INFINITY, f32::min);
    let high = array
        .values
        .iter()
        .copied()
        .fold(f32::NEG_INFINITY, f32::max);
    remark_on_range(array.element, (low, high))
}

/// A remark on values that are plainly the bytes of pictures, in a type that is taken as it is.
pub(super) fn remark_on_range(element: Element, (low, high): (f32, f32)) -> Option<String> {
    let scaled = matches!(element, Element::U8 | Element::U16);
    let like_bytes = low >= 0.0 && (16.0..=255.0).contains(&high);
    (like_bytes && !scaled).then(|| {
        format!(
            "values from {low} to {high}, taken as they are, but data lie in the range [−1, 1]: \
             divide them by 127.5 and subtract 1, or save them as uint8, which is scaled so"
        )
    })
}

/// What is to be said of files, each remark once and with the first file that it is of.
#[derive(Default)]
struct Remarks(Vec<(String, PathBuf, usize)>);

impl Remarks {
    fn add(&mut self, path: &Path, remarks: Vec<String>) {
        for remark in remarks {
            match self.0.iter_mut().find(|(known, ..)| *known == remark) {
                Some((.., files)) => *files += 1,
                None => self.0.push((remark, path.to_owned(), 1)),
            }
        }
    }

    fn tell(&self) {
        for (remark, path, files) in &self.0 {
            let path = path.display();
            match files {
                1 => note(format_args!("note: {path}: {remark}")),
                _ => note(format_args!(
                    "note: {path} and {} other files: {remark}",
                    files - 1
                )),
            }
        }
    }
}
