//! Data: from files to the rows that a network learns, and back.
//!
//! `read` (a file as it is: `table`, `array`, `idx`, `pictures`, `drawing`) → `scale` (values in about
//! [−1, 1]) → `Dataset` (what is trained on, and what is held out) → `Batches` (rows in a random order).

mod array;
mod augment;
mod batches;
mod conditions;
mod dataset;
mod drawing;
mod error;
mod hash;
mod idx;
mod pictures;
mod raw;
mod read;
mod scale;
mod table;

pub use augment::Augmentation;
pub use batches::{Batch, Batches};
pub use conditions::{ConditionScaling, Conditions};
pub use dataset::{Dataset, Part};
pub use error::DataError;
pub use raw::{Cells, Classes, Column, Content, Raw};
pub use read::read;
