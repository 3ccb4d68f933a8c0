//! How a kernel divides a model among invocations.

use crate::gpu::shader::constants::Constants;
use crate::gpu::shader::step_program::Padded;

/// How a kernel divides a model among invocations.
pub struct Division {
    pub constants: Constants,
    /// Samples a workgroup carries.
    pub samples_per_workgroup: u32,
    /// Widths as the kernel has them.
    pub padded: Padded,
    /// Scratch memory of a workgroup, in bytes.
    pub scratch_bytes: usize,
}
