//! Whether a device computes what it should: every kernel against its twin, the noise bit for bit,
//! whole runs.
//!
//! This is what `ddim verify` prints. A host app calls [`device()`] on its own device, which needs
//! no features and no more than default limits, and attaches [`Report::to_json`] to a bug report.
//!
//! ```no_run
//! # fn example(device: &wgpu::Device, queue: &wgpu::Queue) -> Result<(), ddim_wgpu::gpu::SamplerError> {
//! let report = ddim_wgpu::verify::device(device, queue)?;
//! if !report.passed() {
//!     eprintln!("{report}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Kernels and twins know nothing of each other; only this module, and the tests, know both.

#[cfg(not(target_arch = "wasm32"))]
mod cooperative_matrix;
mod device;
#[cfg(feature = "cpu-engine")]
mod engine;
mod harness;
mod kernels;
mod noise;
#[cfg(not(target_arch = "wasm32"))]
mod own;
mod runs;

#[cfg(not(target_arch = "wasm32"))]
pub use cooperative_matrix::{matrix_units_blocking, matrix_units_within};
pub use device::device_async;
#[cfg(not(target_arch = "wasm32"))]
pub use device::{device, device_with};
#[cfg(feature = "cpu-engine")]
pub use engine::engine;
pub use harness::report::{Check, Measure, Report, Subject, Verdict};
pub use harness::verifier::Options;
#[cfg(not(target_arch = "wasm32"))]
pub use own::model_blocking;
