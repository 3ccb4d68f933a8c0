//! `model.safetensors`: the weights of a residual MLP.
//!
//! The configuration says exactly which tensors there must be and how large, so a file is refused
//! before memory is allocated for it unless it is of that size. A tensor the configuration does not
//! call for is an error and not a warning: it means that the file describes another network than
//! the one that would be computed.

use std::io::Read;

use super::config::{MlpConfig, tensor_shapes};
use super::error::WeightsError;
use super::matrix::{Linear, Matrix};
use super::tensors::Tensors;

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

impl MlpWeights {
    /// Reads a safetensors file held in memory.
    ///
    /// # Errors
    /// Every way in which the file can be wrong has its variant of [`WeightsError`].
    pub fn from_bytes(bytes: &[u8], config: &MlpConfig) -> Result<Self, WeightsError> {
        Self::read(bytes, bytes.len() as u64, config)
    }

    /// Reads a safetensors file of `file_bytes` bytes. Beside the weights, memory holds the header
    /// (at most [`MAX_HEADER_BYTES`](super::limits::MAX_HEADER_BYTES)) and the bytes of one tensor.
    ///
    /// # Errors
    /// As [`MlpWeights::from_bytes`].
    pub fn read(
        reader: impl Read,
        file_bytes: u64,
        config: &MlpConfig,
    ) -> Result<Self, WeightsError> {
        Tensors::read(reader, file_bytes, tensor_shapes(config)).map(|t| Self::of(t, config))
    }

    /// The weights among the tensors that were read for `config`.
    pub(in crate::network) fn of(mut tensors: Tensors, config: &MlpConfig) -> Self {
        let mut linear = |name: &str| Linear {
            weight: tensors.take(&format!("{name}.weight")),
            bias: tensors.take(&format!("{name}.bias")).data,
        };
        Self {
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
        }
    }
}
