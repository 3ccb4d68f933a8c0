//! ε-networks: those of a model directory, and closed forms.
//!
//! Flow: [`MlpConfig`] (what `config.json` says) → [`MlpWeights`] (`model.safetensors`, checked
//! against it) → [`Model`] → [`Conditioning`] (time and class folded into biases for a plan's
//! rows). Nothing here knows the GPU.

mod bundled;
mod conditioning;
mod format;
mod mixture;
mod model;
mod random;
mod sinusoid;

pub use bundled::{card as bundled_card, names as bundled_names};
pub use conditioning::Conditioning;
pub(crate) use format::Tensors;
pub use format::{
    Activation, ConfigError, DirectoryKind, FileKind, InputEmbedding, Linear, MAX_BLOCKS,
    MAX_CLASSES, MAX_DIMS, MAX_EMBEDDING_SIZE, MAX_HEADER_BYTES, MAX_HIDDEN_SIZE, MAX_JSON_BYTES,
    MAX_PARAMETERS, MAX_TENSORS, Matrix, MlpConfig, MlpWeights, ModelError, TimeEmbedding,
    WeightsError,
};
pub use mixture::{GaussianMixture, MixtureError};
pub use model::Model;
pub use random::random_model;
pub use sinusoid::Sinusoid;
