//! From the checked header of a safetensors file to finite `f32` tensors.

use std::collections::HashMap;
use std::io::Read;

use half::{bf16, f16};
use safetensors::Dtype;
use safetensors::tensor::TensorInfo;

use super::error::WeightsError;
use super::matrix::Matrix;
use super::safetensors::Header;

/// Exactly the tensors that were called for, by name.
pub(crate) struct Tensors(HashMap<String, Matrix>);

impl Tensors {
    /// Reads a whole file: the header, which must be of the `expected` names and shapes, then the
    /// data.
    pub(crate) fn read(
        mut reader: impl Read,
        file_bytes: u64,
        expected: impl IntoIterator<Item = (String, Vec<usize>)>,
    ) -> Result<Self, WeightsError> {
        let header = Header::read(&mut reader, file_bytes)?;
        check_shapes(&header, expected)?;
        let mut tensors = HashMap::with_capacity(header.tensors.len());
        let mut bytes = Vec::new();
        for (name, info) in header.tensors {
            bytes.resize(info.data_offsets.1 - info.data_offsets.0, 0);
            reader.read_exact(&mut bytes)?;
            let data = decode(info.dtype, &bytes);
            if let Some(index) = data.iter().position(|value| !value.is_finite()) {
                let value = data[index];
                return Err(WeightsError::NonFinite { name, index, value });
            }
            tensors.insert(name, matrix(&info, data));
        }
        Ok(Self(tensors))
    }

    /// Takes the tensor called `name`; a vector comes as a single column.
    pub(crate) fn take(&mut self, name: &str) -> Matrix {
        self.0
            .remove(name)
            .expect("the header was checked against the same list of names")
    }
}

fn matrix(info: &TensorInfo, data: Vec<f32>) -> Matrix {
    let rows = info.shape[0];
    let cols = info.shape.get(1).copied().unwrap_or(1);
    Matrix { rows, cols, data }
}

/// Checks that the file holds the `expected` tensors, no others, in their shapes and in a type that
/// is read.
fn check_shapes(
    header: &Header,
    expected: impl IntoIterator<Item = (String, Vec<usize>)>,
) -> Result<(), WeightsError> {
    let mut found: HashMap<&str, &TensorInfo> = header
        .tensors
        .iter()
        .map(|(name, info)| (name.as_str(), info))
        .collect();
    for (name, expected) in expected {
        let Some(info) = found.remove(name.as_str()) else {
            let longer = header.tensors.iter().find_map(|(longer, _)| {
                let prefix = longer.strip_suffix(name.as_str())?;
                prefix.ends_with('.').then(|| prefix.to_owned())
            });
            return Err(match longer {
                Some(prefix) => WeightsError::Prefixed { name, prefix },
                None => WeightsError::MissingTensor {
                    name,
                    shape: expected,
                },
            });
        };
        if info.shape != expected {
            return Err(WeightsError::Shape {
                name,
                found: info.shape.clone(),
                expected,
            });
        }
        if !matches!(info.dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16) {
            let found = info.dtype;
            return Err(WeightsError::DataType { name, found });
        }
    }
    // The first by name, so that the message does not depend on the order of a hash map.
    match found.keys().min() {
        Some(name) => Err(WeightsError::UnexpectedTensor {
            name: (*name).to_owned(),
        }),
        None => Ok(()),
    }
}

/// Little-endian bytes of a type that [`check_shapes`] lets through.
fn decode(dtype: Dtype, bytes: &[u8]) -> Vec<f32> {
    let pairs = || bytes.chunks_exact(2).map(|b| [b[0], b[1]]);
    match dtype {
        Dtype::F16 => pairs().map(|b| f16::from_le_bytes(b).to_f32()).collect(),
        Dtype::BF16 => pairs().map(|b| bf16::from_le_bytes(b).to_f32()).collect(),
        _ => bytes
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect(),
    }
}
