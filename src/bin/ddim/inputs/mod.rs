//! Files that a user gives.

pub mod conditions;
pub mod conversion;
pub mod edit;
mod files;
pub mod fixed_point;
pub mod given;
mod open;
pub mod picture;
pub mod samples;

pub use files::at;
pub use open::{open, read_npy, read_text};
