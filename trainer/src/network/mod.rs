//! The network, as burn trains it and as the file format has it.

mod average;
mod config;
mod initial;
mod layers;
mod residual_mlp;
mod sinusoid;
mod weights;

pub use config::{
    InputEmbedding, ModelConfig, ModelFiles, SchedulerConfig, TimeEmbedding, write, write_json,
};
pub use layers::INPUT as CONDITION;
pub use residual_mlp::{Inputs, Network, Told, values};
pub use weights::{HostTensor, Storage, Weights};
