//! The sampler on the CPU: a plain twin of every kernel, and the engine that runs where there is no GPU.
//!
//! A twin computes in ordinary loops what the WGSL kernel of the same name computes, one sample at a time. It is what kernels
//! are tested against, so it shares no code with them. The engine (feature `cpu-engine`) computes the same many samples at a
//! time; it is tested against the twins.

mod denoiser;
#[cfg(feature = "cpu-engine")]
mod engine;
mod init_noise;
mod mask_step;
mod mlp_step;
mod predict_step;
mod threshold_step;
mod to_rgba16f;
mod to_rgba8;
mod update_step;

pub use denoiser::{Denoiser, MixtureDenoiser};
#[cfg(feature = "cpu-engine")]
pub use engine::{CpuSampler, EngineError, Progress, Samples, no_progress};
pub use init_noise::init_noise;
pub use mask_step::mask_step;
pub(crate) use mlp_step::erfc;
pub use mlp_step::{MlpDenoiser, mlp_step};
pub use predict_step::predict_step;
pub use threshold_step::threshold_step;
pub use to_rgba8::to_rgba8;
pub use to_rgba16f::to_rgba16f;
pub use update_step::{SampleStep, Step, update_step};
