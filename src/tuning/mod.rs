//! Which form of the step is the fastest on a device: measured, checked against the twin, and kept.
//!
//! A network's step has several forms: kernels, sizes of a workgroup's tile, rows to a dispatch. A sampler
//! chooses one by the kind of the device, and with
//! [`SamplerOptions::expected_samples`](crate::gpu::SamplerOptions::expected_samples) by a model of what it costs.
//! Where that is not enough, [`tune_blocking`] measures them all, and [`TuningCache`] keeps the fastest by adapter,
//! driver and shape of the network.
//!
//! ```no_run
//! # fn example(device: &wgpu::Device, queue: &wgpu::Queue) -> Result<(), Box<dyn std::error::Error>> {
//! use ddim_wgpu::{Batch, diffusion::Plan, gpu::{DiffusionSampler, SamplerOptions}, network::Model, tuning};
//!
//! let model = Model::load("models/digits")?;
//! let plan = Plan::ddim(model.scheduler()).steps(50).build()?;
//! let mut options = SamplerOptions::default();
//! let tuned = tuning::tune_blocking((device, queue), &model, &plan, &Batch::new(64), &options)?;
//! if let Some(best) = tuned.best() {
//!     best.choice.apply(&mut options);
//! }
//! let sampler = DiffusionSampler::with_options(device, &model, &plan, &options)?;
//! # Ok(())
//! # }
//! ```

mod cache;
mod choice;
mod trial;

pub use cache::{CacheError, TuningCache};
pub use choice::StepChoice;
pub use trial::{Trial, Tuned, tune_blocking};
