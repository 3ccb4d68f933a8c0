//! Several rows to a dispatch.

use wgpu::ComputePipeline;

use super::error::SamplerError;
use super::kernels::Kernel;
use super::network::Network;
use super::options::SamplerOptions;
use super::program::StepProgram;
use super::step_table::STEP_STRIDE;
use super::target::ShaderTarget;

/// The kernel of the step with several rows to a dispatch.
#[derive(Debug)]
pub(crate) struct ManyRows {
    pub(crate) pipeline: ComputePipeline,
    pub(crate) rows: usize,
}

/// Whether a dispatch of the network's kernel can take several rows.
pub(crate) fn takes_many(network: Network<'_>, mlp_kernel: Kernel) -> bool {
    match network {
        Network::Mlp(_) => mlp_kernel != Kernel::MlpStepMatrix,
        Network::Wgsl(_) => true,
        Network::External(_) => false,
    }
}

/// Its rows and its program, if the options ask for it and the network can.
pub(crate) fn many_rows(
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
    let program = StepProgram::new(network, mlp_kernel, target, rows as u32)?;
    Ok(Some((rows, program)))
}
