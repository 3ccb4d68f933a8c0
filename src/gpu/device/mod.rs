//! The device: how one is opened, what it can do, and what it says of our calls.

pub mod cooperative_matrix;
pub mod error;
pub mod error_scope;
pub mod headless;
pub mod shader_target;
