//! What runs a network's steps: its kernel, composed for a device.

use super::network::Network;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::mlp;
use crate::gpu::shader::kernel::Kernel;
use crate::gpu::shader::step_program::{Padded, StepProgram, WORKGROUP, plain_constants};

/// The program of a network, for `steps` rows a dispatch; `mlp_kernel` is
/// the kernel if it is an MLP.
pub fn step_program(
    network: Network<'_>,
    mlp_kernel: Kernel,
    target: &ShaderTarget,
    steps: u32,
) -> Result<StepProgram, SamplerError> {
    let plain = |kernel, text: &str, samples_per_workgroup| StepProgram {
        kernel,
        constants: plain_constants(network.dims(), target).set("STEPS", steps),
        network: text.to_owned(),
        samples_per_workgroup,
        padded: Padded::default(),
        scratch_bytes: 0,
    };
    match network {
        Network::Mlp(model) => mlp::program(mlp_kernel, model, target, steps),
        Network::Layers(_) => Err(SamplerError::Architecture),
        Network::Wgsl(network) => Ok(plain(Kernel::PredictStep, &network.source, WORKGROUP)),
        // One invocation a quad: a workgroup may hold less than a sample.
        Network::External(_) => Ok(plain(Kernel::UpdateStep, "", 1)),
    }
}
