//! The front door: a model sampled on whatever computes, a GPU or the CPU engine.
//!
//! ```
//! # #[cfg(all(feature = "bundled", feature = "cpu-engine"))]
//! # fn main() -> Result<(), ddim_wgpu::Error> {
//! use ddim_wgpu::{Backend, Batch, Session, diffusion::Plan, network::Model};
//!
//! # let backend = Backend::cpu()?;
//! # let _ = stringify!(
//! let backend = Backend::auto()?; // a hardware GPU if there is one, else the CPU engine
//! # );
//! let model = Model::bundled("digits")?;
//! let plan = Plan::ddim(model.scheduler()).steps(10).build()?;
//! let session = Session::new(&backend, &model, &plan)?;
//! let samples = session.sample(&Batch::new(4).seed(42))?;
//! assert_eq!(samples.values().len(), 4 * 784);
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "bundled", feature = "cpu-engine")))]
//! # fn main() {}
//! ```
//!
//! A [`Backend`] is what computes; a [`Session`] is a model and a plan made ready on it. A session
//! [samples](Session::sample), streams samples in parts into a [`Sink`](Session::sample_into),
//! keeps a [trajectory](Session::trajectory), [encodes](Session::encode) data,
//! [inverts](Session::invert) a plan and [estimates](Session::estimator) x̂₀. A
//! [runner](Session::runner) samples again and again without allocating. All of it is the same on
//! every backend, to within rounding; noise is the same to the bit.
//!
//! Progress is one callback, and so is cancelling: every long method has a form `…_with` that takes
//! a `&mut dyn FnMut(Progress) -> ControlFlow<()>`. It is called on the calling thread, several
//! times a second; `ControlFlow::Break` ends the run with [`SessionError::Cancelled`].
//!
//! In a browser nothing may block: what is left there are the forms `…_async`, which await the
//! device. On other platforms those leave the polling to the host, and the plain forms block.
//!
//! Those who record into an encoder of their own use [`gpu`](crate::gpu) directly; [`Session::gpu`]
//! hands out what this session has there.

mod backend;
#[cfg(feature = "cpu-engine")]
mod cpu_run;
mod devices;
mod error;
mod estimator;
mod gpu_run;
#[cfg(not(target_arch = "wasm32"))]
mod in_flight;
mod inverting;
mod known_answer;
mod noise;
mod ready;
#[cfg(not(target_arch = "wasm32"))]
mod runner;
mod runs;
mod samples;
mod sampling;
#[expect(clippy::module_inception, reason = "the room's central type")]
mod session;
mod sink;
mod source;
mod stream;
#[cfg(feature = "cpu-engine")]
mod telling;
mod trajectory;
mod watch;
mod watching;

pub use backend::{Backend, BackendOptions};
pub use error::{SessionError, SinkError};
pub use estimator::Estimator;
pub use noise::Noise;
pub use ready::GpuParts;
#[cfg(not(target_arch = "wasm32"))]
pub use runner::Runner;
pub use samples::Samples;
pub use session::{Session, SessionOptions};
pub use sink::{Collect, Part, Sink};
pub use source::Source;
pub use trajectory::{Frame, Frames, Trajectory, TrajectoryState};
pub use watch::Observer;
