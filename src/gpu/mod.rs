//! The sampler on a GPU: WGSL kernels on a device that the caller owns.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use ddim_wgpu::{Batch, diffusion::Plan, gpu::{DiffusionSampler, headless}, network::Model};
//!
//! let adapter = headless::adapters().into_iter().next().ok_or("there is no GPU driver")?;
//! let (device, queue) = headless::open(&adapter)?;
//! let model = Model::load("models/digits")?;
//! let plan = Plan::ddim(model.scheduler()).steps(50).build()?;
//! let sampler = DiffusionSampler::new(&device, &model, &plan)?;
//! let run = sampler.prepare(&device, &queue, &Batch::new(64).seed(42))?;
//!
//! let mut encoder = device.create_command_encoder(&Default::default());
//! sampler.encode(&mut encoder, &run, 0..plan.len()); // records only
//! queue.submit([encoder.finish()]);
//! let images = run.read_blocking(&device, &queue)?; // or draw run.state() without a readback
//! # Ok(())
//! # }
//! ```
//!
//! Only functions named `submit…`, `read…` or `…_blocking`, and [`verify`](crate::verify), submit; only `…_blocking`, `wait…` and
//! `verify` poll or block. No callback is ever set on a device: errors are caught in error scopes, so a host's own handler hears of
//! none of ours.

mod device;
mod frame;
mod measure;
mod mlp;
mod noise_source;
mod program;
mod run;
mod sampler;
mod shader;

pub use device::cooperative_matrix::MatrixUnits;
pub use device::error::SamplerError;
pub(crate) use device::error_scope::checked;
pub use device::headless;
pub use device::shader_target::ShaderTarget;
pub use frame::budget::{Budget, Clock};
pub(crate) use measure::noise_probe::Probe;
pub use measure::peaks::{Ceiling, Measured};
pub use measure::timing::{Stopwatch, Timed};
pub use noise_source::NoiseSource;
pub use program::network::{ExternalNetwork, Network, WgslNetwork};
pub(crate) use program::options::plant;
pub use program::options::{Precision, SamplerOptions};
pub use program::texts::wgsl;
pub use run::readback::{READ_TIMEOUT, wait, wait_for};
pub use run::run::Run;
pub use run::shard::RunPart;
pub use run::submit::SUBMISSION_TARGET;
pub use run::texture::{Grid, Picture, PictureFormat, Shown};
pub use sampler::DiffusionSampler;
pub(crate) use shader::composed::Composed;
pub use shader::kernel::Kernel;
pub use shader::uniforms::{RunUniform, StepUniform};

use wgpu::{Adapter, Features, Limits};

/// Features a device must have for the sampler: none.
#[must_use]
pub const fn required_features() -> Features {
    Features::empty()
}

/// Limits a device must have for the sampler to take every model that fits them: wgpu's defaults.
#[must_use]
pub fn required_limits() -> Limits {
    Limits::default()
}

/// Features worth asking for where the adapter has them: subgroups and 64-bit integers make kernels faster, and never change what
/// they compute; timestamps tell how fast, which [`Budget`] goes by.
#[must_use]
pub fn optional_features(adapter: &Adapter) -> Features {
    let faster = Features::SUBGROUP | Features::SHADER_INT64 | Features::SHADER_F16;
    let timed = Features::TIMESTAMP_QUERY | Features::TIMESTAMP_QUERY_INSIDE_ENCODERS;
    adapter.features() & (faster | timed)
}
