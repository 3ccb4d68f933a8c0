//! A sampler for denoising diffusion models (DDIM and its family) on any GPU that wgpu reaches, and
//! on a native CPU engine where there is none.
//!
//! ```
//! # #[cfg(all(feature = "bundled", feature = "cpu-engine", feature = "image-output"))]
//! # fn main() -> Result<(), ddim_wgpu::Error> {
//! # std::env::set_current_dir(std::env::temp_dir()).expect("a place for the picture");
//! use ddim_wgpu::{Backend, Batch, ClassChoice, Session, diffusion::Plan, network::Model};
//!
//! let backend = Backend::auto()?; // a hardware GPU if there is one, else the CPU engine
//! let model = Model::bundled("digits")?; // or Model::load("a/directory")
//! let plan = Plan::ddim(model.scheduler()).steps(50).build()?;
//! let session = Session::new(&backend, &model, &plan)?;
//! let batch = Batch::new(60).seed(42).class(ClassChoice::Cyclic);
//! session.sample(&batch)?.write_png("digits.png")?;
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "bundled", feature = "cpu-engine", feature = "image-output")))]
//! # fn main() {}
//! ```
//!
//! # Modules
//!
//! | | |
//! |---|---|
//! | [`session`] | the front door: a model and a plan on whatever computes |
//! | [`diffusion`] | noise levels, grids of steps, plans: schedule → grid → coefficients → plan |
//! | [`network`] | model directories and closed forms: what predicts ε |
//! | [`batch`] | how many samples, of which seed, class and initial state |
//! | [`gpu`] | the sampler on a device of yours, recorded into encoders of yours |
//! | [`cpu`] | the native engine, and a twin of every kernel |
//! | [`noise`] | random numbers with the same bits everywhere, a contract of its own |
//! | [`output`] | files: arrays, pictures, animations, plots |
//! | [`metrics`] | samples against data, and the variational bound |
//! | [`verify`] | whether a device computes what it should |
//! | `tuning` | which form of the step is the fastest on a device, measured (not in browsers) |
//!
//! # Features
//!
//! | feature | what it brings | default |
//! |---|---|---|
//! | `cli` | the `ddim` command, and all of the features below but `webgpu` | yes |
//! | `cpu-engine` | the native CPU engine, which runs where there is no GPU |  |
//! | `bundled` | the model `digits`, compiled in |  |
//! | `image-output` | PNG and GIF files |  |
//! | `plot` | lines over axes, with text |  |
//! | `evaluate` | the Fréchet distance, and samples compared with data |  |
//! | `vulkan`, `metal`, `dx12`, `gles`, `webgpu` | wgpu's backends, by its own names; a host that brings its own device turns them on with its own wgpu |  |
//!
//! In a build without a backend of wgpu's there is no GPU: [`Backend::auto`] is the CPU engine, or
//! without `cpu-engine` an error that says so.
#![cfg_attr(docsrs, feature(doc_cfg))]

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

mod clock;
mod error;
mod progress;
pub mod session;
mod threading;
#[cfg(not(target_arch = "wasm32"))]
pub mod tuning;

pub use batch::{Batch, BatchError, ClassChoice, Inpaint};
pub use error::Error;
pub use inversion::{FixedPoint, Inversion};

pub use progress::{Progress, no_progress};
pub use session::{Backend, Samples, Session};
pub use wgpu;
