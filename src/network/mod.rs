//! ε-networks: the residual MLP of a model directory, and closed forms.
//!
//! Flow: [`MlpConfig`] (what `config.json` says) → [`MlpWeights`] (`model.safetensors`, checked against it) →
//! [`Mlp`] → [`Conditioning`] (time and class folded into biases for a plan's rows). Nothing here knows the GPU.

mod bundled;
mod conditioning;
mod config;
mod config_error;
mod mixture;
mod mlp;
mod random;
mod safetensors_file;
mod sinusoid;
mod tensors;
mod weights;

pub use bundled::{card as bundled_card, names as bundled_names};
pub use conditioning::Conditioning;
pub use config::{
    Activation, InputEmbedding, MAX_BLOCKS, MAX_CLASSES, MAX_DIMS, MAX_EMBEDDING_SIZE,
    MAX_HIDDEN_SIZE, MAX_PARAMETERS, MlpConfig, TimeEmbedding,
};
pub use config_error::ConfigError;
pub use mixture::{GaussianMixture, MixtureError};
pub use mlp::{MAX_JSON_BYTES, Mlp, ModelError};
pub use random::random_model;
pub use safetensors_file::{MAX_HEADER_BYTES, MAX_TENSORS};
pub use sinusoid::Sinusoid;
pub(crate) use tensors::Tensors;
pub use weights::{Linear, Matrix, MlpWeights, WeightsError};
