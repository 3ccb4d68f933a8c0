//! The sampler on a GPU: WGSL kernels on a device that the caller owns.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use ddim_wgpu::{Batch, diffusion::Plan, gpu::{Sampler, headless}, network::Mlp};
//!
//! let (device, queue) = headless::open(&headless::adapters()[0])?;
//! let model = Mlp::load("models/digits")?;
//! let plan = Plan::ddim(model.schedule()).steps(50).build()?;
//! let sampler = Sampler::new(&device, &model, &plan)?;
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

mod alone;
mod budget;
mod buffers;
mod ceiling_work;
mod ceilings;
mod choice;
mod compose;
mod encode;
mod error;
mod estimate;
mod frame_pace;
pub mod headless;
mod invert;
mod kernels;
mod layout;
mod many_rows;
mod mask;
mod matrix_units;
mod mlp;
mod network;
mod network_buffers;
mod noise;
mod options;
mod pace;
mod packing;
mod part;
mod picture;
mod pipelines;
mod probe;
mod program;
mod readback;
mod run;
mod sampler;
mod scope;
mod step_table;
mod submit;
mod target;
mod timing;

pub use budget::{Budget, Clock};
pub use ceilings::{Ceiling, Measured};
pub use error::SamplerError;
pub use kernels::Kernel;
pub use layout::{RunUniform, Step};
pub use matrix_units::MatrixUnits;
pub use network::{ExternalNetwork, Network, WgslNetwork};
pub use noise::NoiseSource;
pub(crate) use options::plant;
pub use options::{Precision, SamplerOptions};
pub use part::RunPart;
pub use picture::{Grid, Picture, PictureFormat, Shown};
pub(crate) use probe::Probe;
pub use program::wgsl;
pub use readback::{READ_TIMEOUT, wait, wait_for};
pub use run::Run;
pub use sampler::Sampler;
pub(crate) use scope::checked;
pub use submit::SUBMISSION_TARGET;
pub use target::ShaderTarget;
pub use timing::{Stopwatch, Timed};

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
