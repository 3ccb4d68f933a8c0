//! The network, as burn trains it and as the file format has it.

mod average;
mod config;
mod initial;
mod network;
mod sinusoid;
mod weights;

pub use config::{
    InputEmbedding, ModelConfig, SchedulerConfig, TimeEmbedding, read_directory, write,
    write_directory, write_json,
};
pub use network::{Inputs, Network, values};
pub use weights::{HostTensor, Storage, Weights};
