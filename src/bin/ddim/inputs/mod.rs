//! Files that a user gives.

pub mod edit;
pub mod fixed_point;
mod picture;
pub mod samples;
