//! The coefficient table as the uniform buffer holds it.

use super::uniforms::{ClipUniform, StepUniform};
use crate::diffusion::Plan;

/// Bytes from one row of the coefficient table to the next: the largest alignment of dynamic
/// offsets that a device may ask for.
pub const STEP_STRIDE: usize = 256;

/// Bytes of a row.
pub const STEP_BYTES: usize = size_of::<StepUniform>() + size_of::<ClipUniform>();

/// Every row of a plan.
pub fn step_table(plan: &Plan, dims: usize) -> Vec<u8> {
    let mut table = vec![0; plan.len() * STEP_STRIDE];
    for (row, bytes) in table.chunks_exact_mut(STEP_STRIDE).enumerate() {
        let (step, rest) = bytes.split_at_mut(size_of::<StepUniform>());
        step.copy_from_slice(bytemuck::bytes_of(&StepUniform::new(plan, row, dims)));
        rest[..size_of::<ClipUniform>()]
            .copy_from_slice(bytemuck::bytes_of(&ClipUniform::new(plan, row)));
    }
    table
}

/// What is before the first row.
pub fn start_row(plan: &Plan) -> Vec<u8> {
    let mut row = bytemuck::bytes_of(&StepUniform::start(plan)).to_vec();
    row.resize(STEP_STRIDE, 0);
    row
}
