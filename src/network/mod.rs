//! ε-networks: those of a model directory, and closed forms.
//!
//! Flow: `config.json` (an [`MlpConfig`] or a [`LayersConfig`]) and `model.safetensors`, checked
//! against it → [`Model`] → [`Program`] (operations typed by what they depend on, the only thing
//! that engines compile). The residual MLP has a form of its own beside its program: [`Mlp`] and
//! [`Conditioning`]. Nothing here knows the GPU.

mod bundled;
mod conditioning;
mod format;
mod mixture;
mod mlp;
mod model;
mod program;
mod random;
mod sinusoid;

pub use bundled::{card as bundled_card, names as bundled_names};
pub use conditioning::Conditioning;
pub use format::{
    Activation, ClassNames, ConditionInput, ConfigError, DataConfig, DataConfigError,
    DirectoryKind, FileKind, Function, InputEmbedding, LayerKind, LayerOp, LayersConfig, LevelTime,
    LevelWrap, Levels, Linear, MAX_BLOCKS, MAX_CLASSES, MAX_DIMS, MAX_EMBEDDING_SIZE,
    MAX_HEADER_BYTES, MAX_HIDDEN_SIZE, MAX_INPUTS, MAX_JSON_BYTES, MAX_OPS, MAX_PARAMETERS,
    MAX_REGISTER_VALUES, MAX_REGISTER_WIDTH, MAX_SHARDS, MAX_TENSORS, Matrix, MlpConfig,
    MlpWeights, ModelError, NormKind, OpError, Operand, Rates, Scaling, Source, TableColumn, Term,
    TimeEmbedding, WaveOrder, WeightsError, decode_text,
};
pub(crate) use format::{Tensors, open_regular};
pub use mixture::{GaussianMixture, MixtureError};
pub use mlp::Mlp;
pub use model::Model;
pub use program::{
    Arena, Constants, LinearTerm, Lookup, Op, OpKind, Piece, Program, Register, STATE, SampleFold,
    Slice, Stage, StepTable,
};
pub use random::{random_layers, random_model};
pub use sinusoid::Sinusoid;
