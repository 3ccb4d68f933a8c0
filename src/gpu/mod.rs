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
//! Only functions whose names begin with `submit`, `read`, `estimate` or `invert`, those that end
//! in `…_blocking`, and [`verify`](crate::verify) submit. Only `…_blocking`, `wait…` and `verify`
//! poll or wait for a GPU; the blocking functions of [`headless`] wait for drivers to load and
//! devices to open. Everything that makes or submits has an asynchronous form, which is all there
//! is in a browser: a plain constructor's ends in `…_async`, the twin of a `…_blocking` function
//! has no suffix. No callback is ever set on a device: errors are caught in error scopes, so the
//! application's error handler never sees this crate's errors.
//!
//! Each folder imports only those before it: `cost`, `device`, `shader`, `mlp`, `layers`, `program`, `run`,
//! the sampler, `frame`, `measure`.

mod cost;
mod device;
mod frame;
mod layers;
mod measure;
mod mlp;
mod noise_source;
mod program;
mod run;
mod sampler;
mod shader;

pub use cost::{Bound, Cost, Rates};
pub use device::cooperative_matrix::MatrixUnits;
pub use device::error::{BatchTrait, SamplerError};
pub use device::features::{optional_features, required_features, required_limits};
pub use device::headless;
pub(crate) use device::link::Link;
pub use device::precision::Precision;
pub use device::shader_target::ShaderTarget;
pub use device::waiting::READ_TIMEOUT;
#[cfg(not(target_arch = "wasm32"))]
pub use device::waiting::{wait, wait_for};
pub use frame::budget::Budget;
pub use frame::timestamps::Clock;
pub(crate) use measure::noise_probe::Probe;
pub use measure::peak::Peak;
pub use measure::peaks::Measured;
pub use measure::timing::{Stopwatch, Timed};
pub use noise_source::NoiseSource;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use program::choose::Form;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use program::measurable::measurable;
pub use program::network::{ExternalNetwork, Network, WgslNetwork};
#[cfg(feature = "fault-injection")]
pub use program::options::Fault;
pub use program::options::{SUBMISSION_TARGET, SamplerOptions};
pub use program::texts::wgsl;
pub use run::prepared::Run;
pub use run::shard::RunShard;
pub(crate) use run::texture::Drawing;
pub use run::texture::{ImageFormat, ImageGrid, ImageSource, ImageTexture};
pub use sampler::DiffusionSampler;
pub(crate) use shader::composed::Composed;
pub use shader::kernel::Kernel;
pub use shader::uniforms::{ClipUniform, RunUniform, StepUniform};
