//! The sampler on the CPU: a plain twin of every kernel, and the engine that
//! runs where there is no GPU.
//!
//! A twin computes in ordinary loops what the WGSL kernel of the same name computes, one sample at
//! a time. It is what kernels are tested against, so it shares no code with them. The engine
//! (feature `cpu-engine`) computes the same many samples at a time; it is tested against the twins.

#[cfg(feature = "cpu-engine")]
mod engine;
mod reference;

#[cfg(all(feature = "cpu-engine", not(target_arch = "wasm32")))]
pub use engine::EnginePeak;
#[cfg(all(feature = "cpu-engine", not(target_arch = "wasm32")))]
pub(crate) use engine::RunnerMemory;
#[cfg(feature = "cpu-engine")]
pub(crate) use engine::Told;
#[cfg(feature = "cpu-engine")]
pub use engine::{CpuRunner, CpuSampler, EngineError, EngineState, threads};
pub use reference::denoiser::{Denoiser, MixtureDenoiser};
pub use reference::init_noise::init_noise;
pub use reference::mask_step::mask_step;
pub use reference::memory::StepMemory;
pub(crate) use reference::mlp_step::erfc;
pub use reference::mlp_step::{MlpDenoiser, mlp_step};
pub use reference::predict_step::predict_step;
pub use reference::program_step::{ProgramTwin, program_step};
pub use reference::threshold_step::threshold_step;
pub use reference::to_rgba8::to_rgba8;
pub use reference::to_rgba16f::to_rgba16f;
pub use reference::update_step::{RingStep, RoundedStep, SampleStep, StepClips, update_step};
