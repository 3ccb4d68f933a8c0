//! Mean and covariance of a set of vectors.

use std::borrow::Cow;

use safetensors::Dtype;
use safetensors::tensor::View;

use crate::network::{Tensors, WeightsError};

/// Why there are no moments.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MomentsError {
    /// A covariance needs two vectors.
    #[error("a covariance of {count} samples: it needs at least 2")]
    TooFew {
        /// Vectors given.
        count: usize,
    },
    /// A value is infinite or not a number.
    #[error("a value is {value} at index {index}: all must be finite")]
    NonFinite {
        /// Its index.
        index: usize,
        /// The value.
        value: f32,
    },
    /// A file of moments was refused.
    #[error(transparent)]
    File(#[from] WeightsError),
}

/// Mean and covariance of vectors of `F` values.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Moments {
    /// `[F]`.
    pub mean: Vec<f64>,
    /// `[F, F]`, row-major, symmetric; unbiased where it was computed from samples.
    pub covariance: Vec<f64>,
}

impl Moments {
    /// Mean and unbiased covariance of `samples`, `[count, dims]`.
    ///
    /// # Errors
    /// [`MomentsError`], if there are fewer than two samples or a value is not finite.
    ///
    /// # Panics
    /// If the values are no whole samples.
    pub fn of(samples: &[f32], dims: usize) -> Result<Self, MomentsError> {
        assert!(
            dims > 0 && samples.len().is_multiple_of(dims),
            "{} values are no samples of {dims}",
            samples.len()
        );
        let count = samples.len() / dims;
        if count < 2 {
            return Err(MomentsError::TooFew { count });
        }
        if let Some(index) = samples.iter().position(|value| !value.is_finite()) {
            let value = samples[index];
            return Err(MomentsError::NonFinite { index, value });
        }
        let mut mean = vec![0.0; dims];
        for sample in samples.chunks_exact(dims) {
            for (mean, &value) in mean.iter_mut().zip(sample) {
                *mean += f64::from(value) / count as f64;
            }
        }
        let mut covariance = vec![0.0; dims * dims];
        let mut offset = vec![0.0; dims];
        for sample in samples.chunks_exact(dims) {
            for ((offset, &value), mean) in offset.iter_mut().zip(sample).zip(&mean) {
                *offset = f64::from(value) - mean;
            }
            for (row, &left) in covariance.chunks_exact_mut(dims).zip(&offset) {
                for (entry, &right) in row.iter_mut().zip(&offset) {
                    *entry += left * right / (count - 1) as f64;
                }
            }
        }
        Ok(Self { mean, covariance })
    }

    /// Values in a vector, `F`.
    #[must_use]
    pub fn dims(&self) -> usize {
        self.mean.len()
    }

    /// Reads moments of vectors of `dims` values from a safetensors file with `mean` `[F]` and
    /// `covariance` `[F, F]`.
    ///
    /// # Errors
    /// [`MomentsError::File`], if the file is anything else.
    pub fn from_safetensors(bytes: &[u8], dims: usize) -> Result<Self, MomentsError> {
        let expected = [
            ("mean".to_owned(), vec![dims]),
            ("covariance".to_owned(), vec![dims, dims]),
        ];
        let mut tensors = Tensors::read(bytes, bytes.len() as u64, expected)?;
        let mut take = |name| tensors.take(name).data.into_iter().map(f64::from).collect();
        Ok(Self {
            mean: take("mean"),
            covariance: take("covariance"),
        })
    }

    /// A file for [`Moments::from_safetensors`], in `f32`.
    ///
    /// # Errors
    /// Those of the `safetensors` crate.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, safetensors::SafeTensorError> {
        let dims = self.dims();
        let tensors = [
            ("mean", Stored::new(&self.mean, vec![dims])),
            (
                "covariance",
                Stored::new(&self.covariance, vec![dims, dims]),
            ),
        ];
        safetensors::serialize(tensors, None)
    }
}

/// Values on their way into a file.
struct Stored {
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Stored {
    fn new(values: &[f64], shape: Vec<usize>) -> Self {
        let bytes = values
            .iter()
            .flat_map(|&value| (value as f32).to_le_bytes());
        Self {
            shape,
            bytes: bytes.collect(),
        }
    }
}

impl View for Stored {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }
    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}
