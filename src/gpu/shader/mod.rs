//! WGSL: the table of kernels, their composition, and the layout of what they read.

pub mod compose;
pub mod composed;
pub mod constants;
pub mod cooperative_matrix;
pub mod kernel;
pub mod snippets;
pub mod step_program;
pub mod step_table;
pub mod uniforms;
