//! A DDIM diffusion sampler that runs on any GPU wgpu reaches.

mod batch;
pub mod cpu;
pub mod diffusion;
pub mod gpu;
pub mod model;
pub mod noise;
pub mod output;

mod error;

pub use batch::{Batch, BatchError, ClassChoice};
pub use error::Error;
pub use wgpu;
