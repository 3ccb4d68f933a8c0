//! The driverless engine: samples on the CPU, in tiles that stay in cache through
//! all layers and all steps.
//!
//! ```text
//! Mlp ─▶ PackedMlp (weights in reading order, biases folded) ─┐
//! Batch ─▶ tiles of 8 to 64 samples, shared out over threads ─┴▶ per tile: embed → layers → guide → update, every row
//! ```
//!
//! A sample has a vector lane to itself and the same chain of operations in every lane, so its bits
//! do not depend on the batch, its place in it, the width of the tile or the number of threads.
//! They do depend on the machine: with and without fused multiply-add the last bits differ. Batches
//! of a few samples ([`few`]) have vectors over the values of a sample, made by the same chains.

mod blocks;
mod clip;
mod dispatch;
mod error;
mod estimate;
mod few;
mod functions;
mod invert;
mod job;
mod layer;
mod ledger;
mod lines;
mod memory;
mod mlp_few;
mod mlp_tile;
mod noise;
mod packed_mlp;
mod packed_program;
#[cfg(not(target_arch = "wasm32"))]
mod peaks;
mod placement;
mod pool;
mod product;
mod program;
mod program_ops;
mod runner;
mod sampler;
mod shape;
mod start;
mod state;
mod tile;
mod told;
mod update;
mod vector_math;
mod workers;

pub use error::EngineError;
#[cfg(not(target_arch = "wasm32"))]
pub use peaks::EnginePeak;
pub use pool::threads;
pub use runner::CpuRunner;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use runner::RunnerMemory;
pub use sampler::CpuSampler;
pub use state::EngineState;
pub(crate) use told::Told;
