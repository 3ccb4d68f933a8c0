//! How a kernel divides samples and columns.

use crate::gpu::shader::constants::Constants;

/// How a kernel divides samples and columns.
pub struct Division {
    pub constants: Constants,
    /// Samples in the components of one value: 1, 2 or 4.
    pub samples: u32,
    pub samples_per_workgroup: u32,
    pub scratch_bytes: usize,
}
