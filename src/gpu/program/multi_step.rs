//! Several rows to a dispatch.

use super::build::step_program;
use super::network::Network;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::shader::kernel::Kernel;
use crate::gpu::shader::step_program::StepProgram;
use crate::gpu::shader::step_table::STEP_STRIDE;

/// Whether a dispatch of the network's kernel can take several rows.
pub fn takes_multi_step(network: Network<'_>, kernel: Kernel) -> bool {
    match network {
        Network::Mlp(_) | Network::Layers(_) => {
            !kernel.takes_matrix_units() && !kernel.splits_layers()
        }
        Network::Wgsl(_) => true,
        Network::External(_) => false,
    }
}

/// Rows of the longest block of a plan that a uniform buffer can be bound to.
pub fn most_rows(target: &ShaderTarget) -> usize {
    (target.limits.max_uniform_buffer_binding_size / STEP_STRIDE as u64) as usize
}

/// The program that takes `rows` rows at a time; `None` for one row, or where the network cannot.
pub fn multi_step(
    network: Network<'_>,
    kernel: Kernel,
    target: &ShaderTarget,
    rows: usize,
) -> Result<Option<StepProgram>, SamplerError> {
    if rows <= 1 || !takes_multi_step(network, kernel) {
        return Ok(None);
    }
    let needed = (rows as u64).saturating_mul(STEP_STRIDE as u64);
    let limit = target.limits.max_uniform_buffer_binding_size;
    if needed > limit {
        return Err(SamplerError::LimitExceeded {
            what: "the rows of one dispatch (rows_per_dispatch)",
            needed,
            limit_name: "max_uniform_buffer_binding_size",
            limit,
        });
    }
    step_program(network, kernel, target, rows as u32).map(Some)
}
