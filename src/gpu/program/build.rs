//! What runs a network's steps: its kernel, composed for a device.

use super::network::Network;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::layers;
use crate::gpu::mlp;
use crate::gpu::shader::kernel::Kernel;
use crate::gpu::shader::step_program::{Padded, StepProgram, WORKGROUP, plain_constants};

/// The program of a network, for `steps` rows a dispatch; `kernel` is that of a model.
pub fn step_program(
    network: Network<'_>,
    kernel: Kernel,
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
        dispatches: Vec::new(),
    };
    match network {
        Network::Mlp(model) => mlp::program(kernel, model, target, steps),
        Network::Layers(model) => layers::program(kernel, &model.program(), target, steps),
        Network::Wgsl(network) => Ok(plain(Kernel::PredictStep, &network.source, WORKGROUP)),
        // One invocation a quad: a workgroup may hold less than a sample.
        Network::External(_) => Ok(plain(Kernel::UpdateStep, "", 1)),
    }
}
