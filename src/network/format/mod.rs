//! The files of a model directory, read with limits and checked: nothing here computes.
//!
//! `config.json` → [`MlpConfig`] (what the network is) → [`MlpWeights`] (`model.safetensors`,
//! checked against it).

mod activation;
mod architecture;
mod config;
mod data_config;
mod directory;
mod directory_kind;
mod error;
mod file_kind;
mod function;
mod layers;
mod levels;
mod limits;
mod matrix;
mod op;
mod op_json;
mod prefix;
mod regular_file;
mod safetensors;
mod scaling;
mod shards;
mod tensors;
mod text;
mod weights;

pub use activation::Activation;
pub(in crate::network) use architecture::NetworkConfig;
pub(in crate::network) use config::tensor_shapes;
pub use config::{InputEmbedding, MlpConfig, TimeEmbedding};
pub use data_config::{ClassNames, DataConfig, TableColumn};
pub(in crate::network) use directory::{read_json, read_json_if_there};
pub use directory_kind::DirectoryKind;
pub use error::{ConfigError, DataConfigError, ModelError, OpError, WeightsError};
pub use file_kind::FileKind;
pub use function::Function;
pub use layers::{ConditionInput, LayersConfig};
pub use levels::{LevelTime, LevelWrap, Levels};
pub use limits::{
    MAX_BLOCKS, MAX_CLASSES, MAX_DIMS, MAX_EMBEDDING_SIZE, MAX_HEADER_BYTES, MAX_HIDDEN_SIZE,
    MAX_INPUTS, MAX_JSON_BYTES, MAX_OPS, MAX_PARAMETERS, MAX_REGISTER_VALUES, MAX_REGISTER_WIDTH,
    MAX_SHARDS, MAX_TENSORS,
};
pub use matrix::{Linear, Matrix};
pub use op::{LayerKind, LayerOp, NormKind, Operand, Rates, Source, Term, WaveOrder};
pub(crate) use regular_file::open_regular;
pub use scaling::Scaling;
pub(in crate::network) use shards::open_weights;
pub(crate) use tensors::{Tensor, Tensors, WeightsFile};
pub use text::decode_text;
pub use weights::MlpWeights;
