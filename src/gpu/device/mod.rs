//! A borrowed device: what it offers, what it reports, and how its work is awaited.

pub mod cooperative_matrix;
pub mod error;
pub mod error_scope;
pub mod features;
pub mod headless;
pub mod link;
pub mod memory;
mod opening;
pub mod precision;
pub mod shader_target;
mod visible;
pub mod waiting;
