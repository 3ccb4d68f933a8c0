//! A run: from a recipe and data to weights, step by step, with checkpoints to go on from.

mod checkpoint;
mod device;
mod encoding;
mod learning_rate;
mod objective;
mod trainer;

pub use checkpoint::{Checkpoints, Progress};
pub use device::{Chosen, open};
pub use encoding::Encoding;
pub use objective::{Noised, Objective};
pub use trainer::Trainer;
