//! The coefficient table as the uniform buffer holds it.

use super::uniforms::StepUniform;
use crate::diffusion::Plan;

/// Bytes from one row of the coefficient table to the next: the largest alignment of dynamic
/// offsets that a device may ask for.
pub const STEP_STRIDE: usize = 256;

/// Every row of a plan.
pub fn step_table(plan: &Plan, dims: usize) -> Vec<u8> {
    let mut table = vec![0; plan.len() * STEP_STRIDE];
    for (row, bytes) in table.chunks_exact_mut(STEP_STRIDE).enumerate() {
        bytes[..size_of::<StepUniform>()]
            .copy_from_slice(bytemuck::bytes_of(&StepUniform::new(plan, row, dims)));
    }
    table
}

/// What is before the first row.
pub fn start_row(plan: &Plan) -> Vec<u8> {
    let mut row = bytemuck::bytes_of(&StepUniform::start(plan)).to_vec();
    row.resize(STEP_STRIDE, 0);
    row
}
