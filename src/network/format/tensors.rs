//! From the checked headers of safetensors files to finite `f32` tensors.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, Read};

use half::{bf16, f16};
use safetensors::Dtype;
use safetensors::tensor::TensorInfo;

use super::error::WeightsError;
use super::limits::MAX_PARAMETERS;
use super::matrix::Matrix;
use super::prefix::common_prefix;
use super::safetensors::Header;

/// Tensors by name, without the prefix that all of them had.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Tensors {
    tensors: HashMap<String, Tensor>,
    notes: Vec<String>,
}

/// A vector or a matrix.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tensor {
    /// `[n]` or `[rows, cols]`.
    pub(crate) shape: Vec<usize>,
    /// A vector comes as a single column.
    pub(crate) matrix: Matrix,
}

/// A file of weights, of which there may be several.
pub(crate) struct WeightsFile<R> {
    /// Its bytes.
    pub(crate) reader: R,
    /// How many there are.
    pub(crate) bytes: u64,
}

/// Which tensors of the files are read, by the names in the files.
struct Selection {
    prefix: String,
    names: BTreeSet<String>,
    notes: Vec<String>,
}

impl Tensors {
    /// Reads a whole file: the header, which must be of the `expected` names and shapes, then the
    /// data.
    pub(crate) fn read(
        reader: impl Read,
        bytes: u64,
        expected: impl IntoIterator<Item = (String, Vec<usize>)>,
    ) -> Result<Self, WeightsError> {
        Self::read_exactly(vec![WeightsFile { reader, bytes }], expected)
    }

    /// Reads the `expected` tensors from the files, which hold no others.
    pub(crate) fn read_exactly<R: Read>(
        files: Vec<WeightsFile<R>>,
        expected: impl IntoIterator<Item = (String, Vec<usize>)>,
    ) -> Result<Self, WeightsError> {
        let expected: Vec<(String, Vec<usize>)> = expected.into_iter().collect();
        Self::read_selected(files, |found| {
            let names: Vec<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
            let prefix = common_prefix(&names, found.keys().copied())?;
            check_shapes(&prefix, found, &expected)?;
            Ok(Selection {
                names: found.keys().map(|&name| name.to_owned()).collect(),
                notes: prefix_note(&prefix),
                prefix,
            })
        })
    }

    /// Reads those of the files' tensors that are `required`, all of which must be there, and those
    /// that are `wanted` and there.
    pub(crate) fn read_named<R: Read>(
        files: Vec<WeightsFile<R>>,
        required: &[&str],
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Self, WeightsError> {
        Self::read_selected(files, |found| {
            let prefix = common_prefix(required, found.keys().copied())?;
            let (mut names, mut unused) = (BTreeSet::new(), Vec::new());
            for &name in found.keys() {
                match name.strip_prefix(prefix.as_str()) {
                    Some(own) if wanted(own) || required.contains(&own) => {
                        names.insert(name.to_owned());
                    }
                    _ => unused.push(name),
                }
            }
            let mut notes = prefix_note(&prefix);
            unused.sort_unstable();
            if let Some(first) = unused.first() {
                let count = unused.len();
                notes.push(format!(
                    "model.safetensors: {count} tensors are not read, the first is `{first}`"
                ));
            }
            let mut values = 0_usize;
            for name in &names {
                let shape = &found[name.as_str()].shape;
                if !matches!(shape.len(), 1 | 2) || shape.contains(&0) {
                    return Err(WeightsError::Sides {
                        name: name.clone(),
                        shape: shape.clone(),
                    });
                }
                check_type(name, found[name.as_str()])?;
                values = values.saturating_add(shape.iter().product());
            }
            if values > MAX_PARAMETERS {
                return Err(WeightsError::TooLarge {
                    found: values,
                    limit: MAX_PARAMETERS,
                });
            }
            Ok(Selection {
                prefix,
                names,
                notes,
            })
        })
    }

    fn read_selected<R: Read>(
        files: Vec<WeightsFile<R>>,
        select: impl FnOnce(&HashMap<&str, &TensorInfo>) -> Result<Selection, WeightsError>,
    ) -> Result<Self, WeightsError> {
        let mut opened = Vec::with_capacity(files.len());
        for WeightsFile { mut reader, bytes } in files {
            let header = Header::read(&mut reader, bytes)?;
            opened.push((reader, header));
        }
        let mut found = HashMap::new();
        for (name, info) in opened.iter().flat_map(|(_, header)| &header.tensors) {
            if found.insert(name.as_str(), info).is_some() {
                let name = name.clone();
                return Err(WeightsError::DuplicateTensor { name });
            }
        }
        let selection = select(&found)?;
        let mut tensors = HashMap::with_capacity(selection.names.len());
        let mut bytes = Vec::new();
        for (mut reader, header) in opened {
            for (name, info) in header.tensors {
                let length = info.data_offsets.1 - info.data_offsets.0;
                if !selection.names.contains(&name) {
                    skip(&mut reader, length as u64)?;
                    continue;
                }
                bytes.resize(length, 0);
                reader.read_exact(&mut bytes)?;
                let data = decode(info.dtype, &bytes);
                if let Some(index) = data.iter().position(|value| !value.is_finite()) {
                    let value = data[index];
                    return Err(WeightsError::NonFinite { name, index, value });
                }
                let own = name[selection.prefix.len()..].to_owned();
                tensors.insert(own, Tensor::new(info, data));
            }
        }
        Ok(Self {
            tensors,
            notes: selection.notes,
        })
    }

    /// Takes the tensor called `name`; a vector comes as a single column.
    pub(crate) fn take(&mut self, name: &str) -> Matrix {
        self.tensors
            .remove(name)
            .expect("the header was checked against the same list of names")
            .matrix
    }

    /// The tensor called `name`, if it was read.
    pub(crate) fn get(&self, name: &str) -> Option<&Tensor> {
        self.tensors.get(name)
    }

    /// What was odd about the files.
    pub(crate) fn notes(&self) -> &[String] {
        &self.notes
    }
}

impl Tensor {
    fn new(info: TensorInfo, data: Vec<f32>) -> Self {
        let rows = info.shape[0];
        let cols = info.shape.get(1).copied().unwrap_or(1);
        Self {
            shape: info.shape,
            matrix: Matrix { rows, cols, data },
        }
    }
}

fn prefix_note(prefix: &str) -> Vec<String> {
    let note = || format!("model.safetensors: the prefix `{prefix}` of all tensors is left out");
    (!prefix.is_empty()).then(note).into_iter().collect()
}

fn skip(reader: &mut impl Read, bytes: u64) -> Result<(), WeightsError> {
    let skipped = io::copy(&mut reader.take(bytes), &mut io::sink())?;
    if skipped < bytes {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    Ok(())
}

fn check_type(name: &str, info: &TensorInfo) -> Result<(), WeightsError> {
    if matches!(info.dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16) {
        return Ok(());
    }
    Err(WeightsError::DataType {
        name: name.to_owned(),
        found: info.dtype,
    })
}

/// Checks that the files hold the `expected` tensors after `prefix`, no others, in their shapes
/// and in a type that is read.
fn check_shapes(
    prefix: &str,
    found: &HashMap<&str, &TensorInfo>,
    expected: &[(String, Vec<usize>)],
) -> Result<(), WeightsError> {
    let mut left: BTreeSet<&str> = found.keys().copied().collect();
    for (name, expected) in expected {
        let full = format!("{prefix}{name}");
        let Some(info) = found.get(full.as_str()) else {
            let longer = found
                .keys()
                .filter_map(|longer| longer.strip_suffix(name.as_str()));
            let longer = longer.filter(|prefix| prefix.ends_with('.')).min();
            let (name, shape) = (name.clone(), expected.clone());
            return Err(match longer.map(str::to_owned) {
                Some(prefix) => WeightsError::Prefixed { name, prefix },
                None => WeightsError::MissingTensor { name, shape },
            });
        };
        left.remove(full.as_str());
        if info.shape != *expected {
            return Err(WeightsError::Shape {
                name: name.clone(),
                found: info.shape.clone(),
                expected: expected.clone(),
            });
        }
        check_type(name, info)?;
    }
    match left.first() {
        Some(&name) => Err(WeightsError::UnexpectedTensor {
            name: name.to_owned(),
        }),
        None => Ok(()),
    }
}

/// Little-endian bytes of a type that [`check_type`] lets through.
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
