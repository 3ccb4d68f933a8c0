//! The files of a model directory, read with limits and checked: nothing here computes.
//!
//! `config.json` → [`MlpConfig`] (what the network is) → [`MlpWeights`] (`model.safetensors`,
//! checked against it).

mod activation;
mod config;
mod directory;
mod directory_kind;
mod error;
mod file_kind;
mod limits;
mod matrix;
mod safetensors;
mod tensors;
mod weights;

pub use activation::Activation;
pub(in crate::network) use config::tensor_shapes;
pub use config::{InputEmbedding, MlpConfig, TimeEmbedding};
pub(in crate::network) use directory::{open_weights, read_json};
pub use directory_kind::DirectoryKind;
pub use error::{ConfigError, ModelError, WeightsError};
pub use file_kind::FileKind;
pub use limits::{
    MAX_BLOCKS, MAX_CLASSES, MAX_DIMS, MAX_EMBEDDING_SIZE, MAX_HEADER_BYTES, MAX_HIDDEN_SIZE,
    MAX_JSON_BYTES, MAX_PARAMETERS, MAX_TENSORS,
};
pub use matrix::{Linear, Matrix};
pub(crate) use tensors::Tensors;
pub use weights::MlpWeights;
