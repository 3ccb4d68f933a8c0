//! A model's tensors on the host, by the names and orientation of the file format.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use half::f16;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, View};

use super::layers::SCALING;
use crate::error::Error;

/// One tensor: shape and row-major values.
#[derive(Debug, Clone, PartialEq)]
pub struct HostTensor {
    /// Length of every axis, outermost first.
    pub shape: Vec<usize>,
    /// Row-major.
    pub values: Vec<f32>,
}

/// Tensors by name; matrices are `[out, in]`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weights(pub BTreeMap<String, HostTensor>);

/// What the file stores each value as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// Exact.
    F32,
    /// Half the size.
    F16,
}

struct Stored {
    shape: Vec<usize>,
    bytes: Vec<u8>,
    dtype: Dtype,
}

impl View for Stored {
    fn dtype(&self) -> Dtype {
        self.dtype
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

impl Weights {
    /// Writes a file of safetensors, whole or not at all.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn save(&self, path: &Path, storage: Storage) -> Result<(), Error> {
        let tensors = self.0.iter().map(|(name, tensor)| {
            let exact = name.starts_with(SCALING);
            let (bytes, dtype) = match if exact { Storage::F32 } else { storage } {
                Storage::F32 => (
                    tensor.values.iter().flat_map(|v| v.to_le_bytes()).collect(),
                    Dtype::F32,
                ),
                Storage::F16 => (
                    tensor
                        .values
                        .iter()
                        .flat_map(|v| f16::from_f32(*v).to_le_bytes())
                        .collect(),
                    Dtype::F16,
                ),
            };
            let shape = tensor.shape.clone();
            (
                name.as_str(),
                Stored {
                    shape,
                    bytes,
                    dtype,
                },
            )
        });
        let bytes = safetensors::serialize(tensors, None)?;
        super::config::write(path, &bytes)
    }

    /// Reads a file written by [`Weights::save`].
    ///
    /// # Errors
    /// Where it is none.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(Error::io(path))?;
        let file = SafeTensors::deserialize(&bytes)?;
        let mut weights = BTreeMap::new();
        for (name, view) in file.iter() {
            let values = match view.dtype() {
                Dtype::F32 => view
                    .data()
                    .as_chunks::<4>()
                    .0
                    .iter()
                    .map(|bytes| f32::from_le_bytes(*bytes))
                    .collect(),
                Dtype::F16 => view
                    .data()
                    .as_chunks::<2>()
                    .0
                    .iter()
                    .map(|bytes| f16::from_le_bytes(*bytes).to_f32())
                    .collect(),
                other => {
                    return Err(Error::Tensor {
                        name: name.into(),
                        reason: format!("stored as {other:?}, expected F32 or F16"),
                    });
                }
            };
            let shape = view.shape().to_vec();
            weights.insert(name.to_owned(), HostTensor { shape, values });
        }
        Ok(Self(weights))
    }

    /// The tensor of that name and shape.
    ///
    /// # Errors
    /// [`Error::Tensor`] if it is not there, or has another.
    pub fn get(&self, name: &str, shape: &[usize]) -> Result<&HostTensor, Error> {
        let error = |reason| Error::Tensor {
            name: name.into(),
            reason,
        };
        let tensor = self.0.get(name).ok_or_else(|| error("missing".into()))?;
        if tensor.shape == shape {
            Ok(tensor)
        } else {
            Err(error(format!(
                "shape {:?}, expected {shape:?}",
                tensor.shape
            )))
        }
    }
}
