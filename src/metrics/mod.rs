//! How good samples and models are: distances between sets of samples, and the variational bound of
//! data under a model.
//!
//! All in `f64`, on the CPU. Sets of samples are flat arrays `[samples, D]`. Nothing here samples:
//! a bound is told what a network says, by whichever engine.

mod bound;
mod classifier;
#[cfg(feature = "evaluate")]
mod comparison;
#[cfg(feature = "evaluate")]
mod frechet;
mod mmd;
mod moments;
mod sliced;

pub use bound::{Bound, BoundError, Quantization, VariationalBound, variational_bound};
pub use classifier::{Classified, Classifier, ClassifierError};
#[cfg(feature = "evaluate")]
pub use comparison::{ComparisonError, Metric, SampleComparison, Scores};
#[cfg(feature = "evaluate")]
pub use frechet::frechet_distance;
pub use mmd::{Mmd, median_distance, mmd};
pub use moments::{Moments, MomentsError};
pub use sliced::sliced_wasserstein;
