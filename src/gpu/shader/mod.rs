//! WGSL: the registry of kernels, their composition, and the layout of what they read.

pub mod compose;
pub mod kernel;
pub mod step_table;
pub mod uniforms;
