//! Which kernel runs a network.

use super::network::Network;
use super::options::SamplerOptions;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::layers::select::program_kernel;
use crate::gpu::mlp::select::mlp_kernel;
use crate::gpu::shader::kernel::Kernel;

/// The kernel of a network's steps: the one asked for, where it is for such a network.
pub fn kernel(
    network: Network<'_>,
    target: &ShaderTarget,
    options: &SamplerOptions,
    rows: u32,
) -> Kernel {
    let of_programs = [
        Kernel::ProgramStep,
        Kernel::ProgramStepSerial,
        Kernel::ProgramStepMatrix,
    ];
    match network {
        Network::Mlp(model) => {
            let asked = options
                .mlp_kernel
                .filter(|kernel| !of_programs.contains(kernel));
            asked.unwrap_or_else(|| mlp_kernel(target, model, rows))
        }
        Network::Layers(model) => {
            let asked = options
                .mlp_kernel
                .filter(|kernel| of_programs.contains(kernel));
            asked.unwrap_or_else(|| program_kernel(target, &model.program(), rows))
        }
        Network::Wgsl(_) | Network::External(_) => Kernel::MlpStep,
    }
}
