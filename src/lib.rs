//! A DDIM diffusion sampler that runs on any GPU wgpu reaches.
//!
//! The flow is [`diffusion`] (schedule → grid → coefficients → plan), [`network`] (what predicts ε), then [`gpu`] or [`cpu`] (what
//! runs the plan), [`output`] (files). [`noise`] is a contract of its own. [`verify`] shows whether a device computes what it should.

// The documents' Rust blocks are compiled by `cargo test --doc`.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/embedding.md")]
    struct Embedding;
}

pub mod batch;
pub mod cpu;
pub mod diffusion;
pub mod gpu;
mod inversion;
pub mod metrics;
pub mod network;
pub mod noise;
pub mod output;
pub mod verify;

mod error;
mod progress;
pub mod session;

pub use batch::{Batch, BatchError, ClassChoice, Inpaint};
pub use error::Error;
pub use inversion::{FixedPoint, Inversion};

pub use progress::{Progress, no_progress};
pub use session::{Backend, Samples, Session};
pub use wgpu;
