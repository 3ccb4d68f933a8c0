//! A model's tensors on the host, by the names and orientation of the file format.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use half::f16;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, View};

use crate::error::Error;

/// One tensor: shape and row-major values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HostTensor {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

/// Tensors by name; matrices are `[out, in]`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Weights(pub(crate) BTreeMap<String, HostTensor>);

/// What the file stores each value as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storage {
    /// Exact, for checkpoints.
    F32,
    /// Half the size, for the models shipped.
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
    /// Writes `model.safetensors`.
    pub(crate) fn save(&self, path: &Path, storage: Storage) -> Result<(), Error> {
        let tensors = self.0.iter().map(|(name, tensor)| {
            let (bytes, dtype) = match storage {
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
        std::fs::write(path, bytes).map_err(Error::io(path))
    }

    /// Reads a file written by [`Weights::save`].
    pub(crate) fn load(path: &Path) -> Result<Self, Error> {
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
    #[cfg(test)]
    pub(crate) fn get(&self, name: &str, shape: &[usize]) -> Result<&HostTensor, Error> {
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

    /// Moves every value a fraction `1 − decay` towards `other`: an exponential moving average.
    pub(crate) fn average(&mut self, other: &Self, decay: f32) {
        for (name, tensor) in &mut self.0 {
            let target = &other.0[name].values;
            for (value, target) in tensor.values.iter_mut().zip(target) {
                *value += (1.0 - decay) * (target - *value);
            }
        }
    }
}
