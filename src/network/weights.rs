//! `model.safetensors`: the weights of a residual MLP.
//!
//! The configuration says exactly which tensors there must be and how large, so a file is refused before memory is
//! allocated for it unless it is of that size. A tensor the configuration does not call for is an error and not a warning:
//! it means that the file describes another network than the one that would be computed.

use std::io::Read;

use safetensors::Dtype;

use super::config::MlpConfig;
use super::safetensors_file::{MAX_HEADER_BYTES, MAX_TENSORS};
use super::tensors::Tensors;

/// Why a `model.safetensors` was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The file could not be read.
    #[error("reading failed: {0}")]
    Io(#[from] std::io::Error),
    /// The file ends before what it promises.
    #[error("the file is truncated: it has {found} of {needed} bytes")]
    Truncated {
        /// Bytes the header calls for.
        needed: u64,
        /// Bytes in the file.
        found: u64,
    },
    /// The file goes on after the last tensor.
    #[error("the file has {found} bytes, but its tensors end at {needed}")]
    TrailingBytes {
        /// Bytes the header calls for.
        needed: u64,
        /// Bytes in the file.
        found: u64,
    },
    /// The header is longer than [`MAX_HEADER_BYTES`].
    #[error("the header claims {found} bytes: at most {MAX_HEADER_BYTES} are read")]
    HeaderTooLarge {
        /// Bytes claimed.
        found: u64,
    },
    /// The header is not a JSON object of at most [`MAX_TENSORS`] tensors.
    #[error("not a safetensors header of at most {MAX_TENSORS} tensors: {0}")]
    Header(#[source] serde_json::Error),
    /// Two tensors have one name.
    #[error("tensor `{name}` is there twice")]
    DuplicateTensor {
        /// The name.
        name: String,
    },
    /// A tensor overlaps the one before it, or leaves a gap.
    #[error(
        "tensor `{name}` occupies bytes {start} to {end}, but the data before it end at {expected}"
    )]
    Offsets {
        /// The tensor.
        name: String,
        /// First byte, in the data.
        start: usize,
        /// One past the last byte.
        end: usize,
        /// Where the tensor should start.
        expected: usize,
    },
    /// A tensor's bytes do not make its shape.
    #[error("tensor `{name}` has {bytes} bytes, which is not what shape {shape:?} takes")]
    Length {
        /// The tensor.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// Its bytes.
        bytes: usize,
    },
    /// The configuration calls for a tensor that is not there.
    #[error("tensor `{name}` of shape {shape:?} is missing")]
    MissingTensor {
        /// The tensor.
        name: String,
        /// The shape it should have.
        shape: Vec<usize>,
    },
    /// A tensor is there that the configuration does not call for.
    #[error("tensor `{name}` is not part of the network that config.json describes")]
    UnexpectedTensor {
        /// The tensor.
        name: String,
    },
    /// A tensor has another shape than the configuration calls for.
    #[error("tensor `{name}` has shape {found:?}, but config.json calls for {expected:?}")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape it should have.
        expected: Vec<usize>,
    },
    /// A tensor is of a type that is not read.
    #[error("tensor `{name}` is of type {found:?}: convert it to F32, F16 or BF16")]
    DataType {
        /// The tensor.
        name: String,
        /// Its type.
        found: Dtype,
    },
    /// A weight is infinite or not a number.
    #[error("tensor `{name}` has {value} at index {index}: weights must be finite")]
    NonFinite {
        /// The tensor.
        name: String,
        /// The index in its data, row-major.
        index: usize,
        /// The value.
        value: f32,
    },
}

/// A matrix of `rows × cols` values, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Rows; outputs, in a weight.
    pub rows: usize,
    /// Columns; inputs, in a weight.
    pub cols: usize,
    /// `rows × cols` values, row after row.
    pub data: Vec<f32>,
}

impl Matrix {
    /// One row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.data[row * self.cols..][..self.cols]
    }
}

/// `y = weight · x + bias`.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// `[out, in]`, as in `torch.nn.Linear`.
    pub weight: Matrix,
    /// `[out]`.
    pub bias: Vec<f32>,
}

/// The weights of a residual MLP as `f32`, finite, and of the shapes its [`MlpConfig`] calls for.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MlpWeights {
    /// `[H, F]`.
    pub proj_in: Linear,
    /// `num_blocks` of `[H, H]`.
    pub blocks: Vec<Linear>,
    /// `[D, H]`.
    pub proj_out: Linear,
    /// `num_blocks + 1` of `[H, E]`.
    pub conditioning: Vec<Matrix>,
    /// `[E, S]` and `[E, E]`, where the time embedding has an MLP.
    pub time_mlp: Option<[Linear; 2]>,
    /// `[num_classes + 1, E]`, where the model has classes; the last row stands for "no class".
    pub class_embedding: Option<Matrix>,
}

/// The tensors a configuration calls for, by name and shape.
pub(super) fn tensor_shapes(config: &MlpConfig) -> impl Iterator<Item = (String, Vec<usize>)> {
    let (h, e) = (config.hidden_size, config.embedding_size());
    let linear = |name: String, out: usize, inputs: usize| {
        [
            (format!("{name}.weight"), vec![out, inputs]),
            (format!("{name}.bias"), vec![out]),
        ]
    };
    let time = config.time_embedding.hidden_size.map(|_| {
        let first = linear(
            "time_embedding.linear_1".into(),
            e,
            config.time_embedding.size,
        );
        let second = linear("time_embedding.linear_2".into(), e, e);
        [first, second]
    });
    let classes = config
        .num_classes
        .map(|classes| ("class_embedding.weight".into(), vec![classes + 1, e]));
    linear("proj_in".into(), h, config.input_features())
        .into_iter()
        .chain((0..config.num_blocks).flat_map(move |i| linear(format!("blocks.{i}"), h, h)))
        .chain(linear("proj_out".into(), config.dims(), h))
        .chain((0..config.layers()).map(move |j| (format!("conditioning.{j}.weight"), vec![h, e])))
        .chain(time.into_iter().flatten().flatten())
        .chain(classes)
}

impl MlpWeights {
    /// Reads a safetensors file held in memory.
    ///
    /// # Errors
    /// Every way in which the file can be wrong has its variant of [`WeightsError`].
    pub fn from_bytes(bytes: &[u8], config: &MlpConfig) -> Result<Self, WeightsError> {
        Self::read(bytes, bytes.len() as u64, config)
    }

    /// Reads a safetensors file of `file_bytes` bytes. Beside the weights, memory holds the header
    /// (at most [`MAX_HEADER_BYTES`]) and the bytes of one tensor.
    ///
    /// # Errors
    /// As [`MlpWeights::from_bytes`].
    pub fn read(
        reader: impl Read,
        file_bytes: u64,
        config: &MlpConfig,
    ) -> Result<Self, WeightsError> {
        let mut tensors = Tensors::read(reader, file_bytes, tensor_shapes(config))?;
        let mut linear = |name: &str| Linear {
            weight: tensors.take(&format!("{name}.weight")),
            bias: tensors.take(&format!("{name}.bias")).data,
        };
        Ok(Self {
            proj_in: linear("proj_in"),
            blocks: (0..config.num_blocks)
                .map(|i| linear(&format!("blocks.{i}")))
                .collect(),
            proj_out: linear("proj_out"),
            time_mlp: config
                .time_embedding
                .hidden_size
                .map(|_| [1, 2].map(|i| linear(&format!("time_embedding.linear_{i}")))),
            conditioning: (0..config.layers())
                .map(|j| tensors.take(&format!("conditioning.{j}.weight")))
                .collect(),
            class_embedding: config
                .num_classes
                .map(|_| tensors.take("class_embedding.weight")),
        })
    }
}
