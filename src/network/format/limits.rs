//! How large what a model directory describes may be: files are taken to be hostile.

/// Largest `config.json` or `scheduler_config.json` read.
pub const MAX_JSON_BYTES: u64 = 1 << 20;
/// Most values one sample may have, `D`.
pub const MAX_DIMS: usize = 1 << 20;
/// Largest width of the hidden layers, `H`.
pub const MAX_HIDDEN_SIZE: usize = 1 << 14;
/// Most residual blocks.
pub const MAX_BLOCKS: usize = 256;
/// Largest width of the time embedding (`S`, `E`) and of the embedding of one coordinate.
pub const MAX_EMBEDDING_SIZE: usize = 1 << 14;
/// Most classes.
pub const MAX_CLASSES: usize = 1 << 16;
/// Most weights in all: 1 GiB as `f32`.
pub const MAX_PARAMETERS: usize = 1 << 28;
/// Largest JSON header read. A model of [`MAX_BLOCKS`] blocks needs about 100 KiB.
pub const MAX_HEADER_BYTES: u64 = 1 << 20;
/// Most tensors one file may hold.
pub const MAX_TENSORS: usize = 4096;
/// Most operations of a network of the `layers` architecture.
pub const MAX_OPS: usize = 4096;
/// Most vectors that a sample is given.
pub const MAX_INPUTS: usize = 64;
/// Most values of one register.
pub const MAX_REGISTER_WIDTH: usize = 1 << 20;
/// Most values of all registers together.
pub const MAX_REGISTER_VALUES: usize = 1 << 22;
/// Most files that the weights of a model may lie in.
pub const MAX_SHARDS: usize = 256;
