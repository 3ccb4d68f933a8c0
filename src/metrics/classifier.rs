//! A small classifier of our own, in whose features images are compared.
//!
//! Its last hidden layer is the space in which sets of images are compared
//! ([`frechet_distance`](super::frechet_distance)), its answer says whether a sample is of the
//! class that was asked for.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::moments::{Moments, MomentsError};
use crate::network::{
    Linear, MAX_CLASSES, MAX_DIMS, MAX_HIDDEN_SIZE, MAX_JSON_BYTES, MAX_PARAMETERS, Tensors,
    WeightsError, open_regular,
};

/// Largest `reference.safetensors` and `model.safetensors` of a classifier: a classifier of samples
/// is small.
const MAX_BYTES: u64 = 256 << 20;
/// Most hidden layers.
const MAX_LAYERS: usize = 64;

/// Why a classifier could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClassifierError {
    /// A file could not be opened or read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// A file is longer than any that is read.
    #[error("{} has {bytes} bytes: at most {limit} are read", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        bytes: u64,
        /// Most that are read.
        limit: u64,
    },
    /// `config.json` is not a classifier's.
    #[error("classifier, config.json: {0}")]
    Json(#[from] serde_json::Error),
    /// `config.json` names a network that is not this one.
    #[error("classifier, config.json: architecture `{found}` is not known (`mlp-classifier` is)")]
    Architecture {
        /// The name given.
        found: String,
    },
    /// A size is out of its range.
    #[error("classifier, config.json: {key} is {value}, out of 1 to {max}")]
    OutOfRange {
        /// Which size.
        key: &'static str,
        /// Its value.
        value: usize,
        /// The largest allowed.
        max: usize,
    },
    /// `model.safetensors` was refused.
    #[error("classifier, model.safetensors: {0}")]
    Weights(#[from] WeightsError),
    /// `reference.safetensors` was refused.
    #[error("classifier, reference.safetensors: {0}")]
    Reference(#[from] MomentsError),
}

/// What a [`Classifier`] says of a set of images.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Classified {
    /// The last hidden layer, `[count, F]`.
    pub features: Vec<f32>,
    /// The likeliest class of each, `[count]`.
    pub classes: Vec<u32>,
}

/// An MLP from images to classes: `h = relu(layers[i]·h + bias)`, the last layer without `relu`.
///
/// A directory holds `config.json` (`architecture`: `mlp-classifier`, `sample_shape`,
/// `hidden_sizes`, `num_classes`), `model.safetensors` (`layers.{i}.weight` `[out, in]`,
/// `layers.{i}.bias` `[out]`) and, optionally, `reference.safetensors`: the [`Moments`] of the
/// features of the data that samples are compared with.
#[derive(Clone, Debug)]
pub struct Classifier {
    sample_shape: Vec<usize>,
    /// Never empty but for the last: one hidden layer at least.
    layers: Vec<Linear>,
    reference: Option<Moments>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    architecture: String,
    sample_shape: Vec<usize>,
    hidden_sizes: Vec<usize>,
    num_classes: usize,
}

impl Config {
    fn validate(&self) -> Result<(), ClassifierError> {
        if self.architecture != "mlp-classifier" {
            let found = self.architecture.clone();
            return Err(ClassifierError::Architecture { found });
        }
        in_range("sample_shape", self.dims(), MAX_DIMS)?;
        in_range("hidden_sizes", self.hidden_sizes.len(), MAX_LAYERS)?;
        for &size in &self.hidden_sizes {
            in_range("hidden_sizes", size, MAX_HIDDEN_SIZE)?;
        }
        in_range("num_classes", self.num_classes, MAX_CLASSES)?;
        let weights = self.sizes().windows(2).fold(0, |sum: usize, pair| {
            sum.saturating_add(pair[0].saturating_mul(pair[1]))
        });
        in_range("the number of weights", weights, MAX_PARAMETERS)
    }

    fn dims(&self) -> usize {
        let sides = self.sample_shape.iter();
        sides.fold(1, |product: usize, &side| product.saturating_mul(side))
    }

    /// Values before and after every layer.
    fn sizes(&self) -> Vec<usize> {
        let hidden = self.hidden_sizes.iter().copied();
        let ends = (self.dims(), self.num_classes);
        [ends.0].into_iter().chain(hidden).chain([ends.1]).collect()
    }
}

fn in_range(key: &'static str, value: usize, max: usize) -> Result<(), ClassifierError> {
    if (1..=max).contains(&value) {
        return Ok(());
    }
    Err(ClassifierError::OutOfRange { key, value, max })
}

impl Classifier {
    /// Reads a classifier's directory.
    ///
    /// # Errors
    /// [`ClassifierError`], with the file and what is wrong with it.
    pub fn load(directory: impl AsRef<Path>) -> Result<Self, ClassifierError> {
        let directory = directory.as_ref();
        let config = read(directory.join("config.json"), MAX_JSON_BYTES)?;
        let weights = read(directory.join("model.safetensors"), MAX_BYTES)?;
        let reference = directory.join("reference.safetensors");
        // A link that leads nowhere is no reference left out.
        let reference = if reference.symlink_metadata().is_ok() {
            Some(read(reference, MAX_BYTES)?)
        } else {
            None
        };
        Self::from_parts(&config, &weights, reference.as_deref())
    }

    /// Reads a classifier whose files are in memory.
    ///
    /// # Errors
    /// As [`Classifier::load`], but for reading.
    pub fn from_parts(
        config_json: &[u8],
        safetensors: &[u8],
        reference: Option<&[u8]>,
    ) -> Result<Self, ClassifierError> {
        let config: Config = serde_json::from_slice(config_json)?;
        config.validate()?;
        let sizes = config.sizes();
        let layers = 0..sizes.len() - 1;
        let expected = layers.clone().flat_map(|i| {
            let (inputs, outputs) = (sizes[i], sizes[i + 1]);
            [
                (format!("layers.{i}.weight"), vec![outputs, inputs]),
                (format!("layers.{i}.bias"), vec![outputs]),
            ]
        });
        let mut tensors = Tensors::read(safetensors, safetensors.len() as u64, expected)?;
        let mut layer = |i| Linear {
            weight: tensors.take(&format!("layers.{i}.weight")),
            bias: tensors.take(&format!("layers.{i}.bias")).data,
        };
        let features = sizes[sizes.len() - 2];
        Ok(Self {
            layers: layers.map(&mut layer).collect(),
            reference: reference
                .map(|bytes| Moments::from_safetensors(bytes, features))
                .transpose()?,
            sample_shape: config.sample_shape,
        })
    }

    /// The classifier for a [bundled model](crate::network::Model::bundled), if there is one of
    /// that name.
    ///
    /// # Errors
    /// As [`Classifier::from_parts`]; the files compiled in are tested to be good.
    #[must_use]
    pub fn bundled(model: &str) -> Option<Result<Self, ClassifierError>> {
        #[cfg(feature = "bundled")]
        if model == "digits" {
            return Some(Self::from_parts(
                include_bytes!("../../models/digits/classifier/config.json"),
                include_bytes!("../../models/digits/classifier/model.safetensors"),
                Some(include_bytes!(
                    "../../models/digits/classifier/reference.safetensors"
                )),
            ));
        }
        let _ = model;
        None
    }

    /// `[channels, height, width]` of its images, with values in [−1, 1].
    #[must_use]
    pub fn sample_shape(&self) -> &[usize] {
        &self.sample_shape
    }

    /// Values of the last hidden layer, `F`.
    #[must_use]
    pub fn features(&self) -> usize {
        self.last().weight.cols
    }

    /// Classes it knows.
    #[must_use]
    pub fn num_classes(&self) -> usize {
        self.last().weight.rows
    }

    /// The features' moments of the data that samples are compared with, where the directory has
    /// them.
    #[must_use]
    pub fn reference(&self) -> Option<&Moments> {
        self.reference.as_ref()
    }

    fn last(&self) -> &Linear {
        self.layers.last().expect("there is a last layer")
    }

    /// Classifies images, `[count, …sample_shape]`. A sample's result does not depend on the
    /// others.
    ///
    /// # Panics
    /// If the values are no whole images.
    #[must_use]
    pub fn classify(&self, images: &[f32]) -> Classified {
        let dims: usize = self.sample_shape.iter().product();
        assert!(
            images.len().is_multiple_of(dims),
            "{} values are no images of {dims}",
            images.len()
        );
        let (last, hidden) = self.layers.split_last().expect("there is a last layer");
        let count = images.len() / dims;
        let mut classified = Classified {
            features: Vec::with_capacity(count * self.features()),
            classes: Vec::with_capacity(count),
        };
        for image in images.chunks_exact(dims) {
            let mut values = image.to_vec();
            for layer in hidden {
                values = apply(layer, &values);
                values.iter_mut().for_each(|value| *value = value.max(0.0));
            }
            let logits = apply(last, &values);
            let likeliest = logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            classified
                .classes
                .push(likeliest.map_or(0, |(class, _)| class as u32));
            classified.features.extend(values);
        }
        classified
    }
}

fn apply(layer: &Linear, inputs: &[f32]) -> Vec<f32> {
    let rows = (0..layer.weight.rows).zip(&layer.bias);
    rows.map(|(row, bias)| bias + dot(layer.weight.row(row), inputs))
        .collect()
}

/// In eight sums, so that it can be vectorised.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0_f32; 8];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

fn read(path: PathBuf, limit: u64) -> Result<Vec<u8>, ClassifierError> {
    let (file, bytes) = match open_regular(&path) {
        Ok(opened) => opened,
        Err(source) => return Err(ClassifierError::Io { path, source }),
    };
    if bytes > limit {
        return Err(ClassifierError::TooLarge { path, bytes, limit });
    }
    let mut all = Vec::new();
    // It may grow meanwhile.
    match file.take(limit).read_to_end(&mut all) {
        Ok(_) => Ok(all),
        Err(source) => Err(ClassifierError::Io { path, source }),
    }
}
