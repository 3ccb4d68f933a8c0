//! Several rows to a dispatch.

use wgpu::ComputePipeline;

use super::build::step_program;
use super::network::Network;
use super::options::SamplerOptions;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::shader::kernel::Kernel;
use crate::gpu::shader::step_program::StepProgram;
use crate::gpu::shader::step_table::STEP_STRIDE;

/// The kernel of the step with several rows to a dispatch.
#[derive(Debug)]
pub struct ManyRows {
    pub pipeline: ComputePipeline,
    pub rows: usize,
}

/// Whether a dispatch of the network's kernel can take several rows.
pub fn takes_many(network: Network<'_>, mlp_kernel: Kernel) -> bool {
    match network {
        Network::Model(_) => mlp_kernel != Kernel::MlpStepMatrix,
        Network::Wgsl(_) => true,
        Network::External(_) => false,
    }
}

/// Its rows and its program, if the options ask for it and the network can.
pub fn many_rows(
    network: Network<'_>,
    mlp_kernel: Kernel,
    target: &ShaderTarget,
    options: &SamplerOptions,
) -> Result<Option<(usize, StepProgram)>, SamplerError> {
    let rows = options.rows_per_dispatch;
    if rows <= 1 || !takes_many(network, mlp_kernel) {
        return Ok(None);
    }
    let (needed, limit) = (
        (rows * STEP_STRIDE) as u64,
        target.limits.max_uniform_buffer_binding_size,
    );
    if needed > limit {
        return Err(SamplerError::LimitExceeded {
            what: "the rows of one dispatch (rows_per_dispatch)",
            needed,
            limit_name: "max_uniform_buffer_binding_size",
            limit,
        });
    }
    let program = step_program(network, mlp_kernel, target, rows as u32)?;
    Ok(Some((rows, program)))
}
