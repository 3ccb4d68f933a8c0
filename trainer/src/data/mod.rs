//! Training data: where it comes from and how a batch is drawn.

mod augment;
mod digits;
mod dino;
mod export;
mod swiss_roll;

use std::path::Path;

use rand::RngExt;
use rand::rngs::StdRng;

use crate::error::Error;
use crate::recipe::ModelName;

pub(crate) use digits::{Digits, Split};
pub(crate) use dino::Dino;
pub(crate) use export::{DataArgs, export};

/// Samples of the data a model learns, all values in [−1, 1] or close to it.
#[derive(Debug)]
pub(crate) enum Source {
    Digits(Digits),
    SwissRoll,
    Dino(Dino),
}

/// Clean samples, row-major `[batch, D]`, and each one's class where there are classes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Batch {
    pub(crate) values: Vec<f32>,
    pub(crate) classes: Vec<Option<usize>>,
}

impl Source {
    /// Opens the data of a model under `directory`.
    pub(crate) fn open(name: ModelName, directory: &Path) -> Result<Self, Error> {
        Ok(match name {
            ModelName::Digits => Self::Digits(Digits::open(directory)?),
            ModelName::SwissRoll => Self::SwissRoll,
            ModelName::Dino => Self::Dino(Dino::open(directory)?),
        })
    }

    /// Draws training samples: digits with replacement and augmented, points fresh.
    pub(crate) fn draw(&self, count: usize, rng: &mut StdRng) -> Batch {
        let mut batch = Batch::default();
        for _ in 0..count {
            match self {
                Self::Digits(digits) => {
                    let images = digits.split(Split::Train);
                    let (image, class) = &images[rng.random_range(0..images.len())];
                    augment::extend(image, rng, &mut batch.values);
                    batch.classes.push(Some(*class));
                }
                Self::SwissRoll => {
                    batch.values.extend(swiss_roll::point(rng));
                    batch.classes.push(None);
                }
                Self::Dino(dino) => {
                    batch.values.extend(dino.point(rng));
                    batch.classes.push(None);
                }
            }
        }
        batch
    }
}
