//! How good samples and models are: distances between sets of samples, and the variational bound of data under a model.
//!
//! All in `f64`, on the CPU. Sets of samples are flat arrays `[samples, D]`.

mod bound;
mod distance;

pub use bound::{Bound, BoundError, Quantization, variational_bound};
pub use distance::{Mmd, mmd, sliced_wasserstein};
