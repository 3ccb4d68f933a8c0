//! What a step dispatch runs: a kernel, what it is composed with, and how many samples a workgroup takes.

use super::multi_step::takes_many;
use super::network::Network;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::mlp;
use crate::gpu::mlp::packing::Padded;
use crate::gpu::shader::compose::Constants;
use crate::gpu::shader::kernel::Kernel;

/// Invocations of a workgroup of the kernels that have no tile.
pub const WORKGROUP: u32 = 64;

/// A step kernel for one network on a certain device.
#[derive(Clone, Debug)]
pub struct StepProgram {
    pub kernel: Kernel,
    pub constants: Constants,
    /// What the network adds to the text: the choice of an activation, or a `predict` function.
    pub network: String,
    pub samples_per_workgroup: u32,
    /// Widths of an MLP as the kernel has them.
    pub padded: Padded,
    /// Scratch memory a workgroup needs, in bytes.
    pub scratch_bytes: usize,
}

impl StepProgram {
    /// The program of a network, for `steps` rows a dispatch; `mlp_kernel` is the kernel if it is an MLP.
    pub fn new(
        network: Network<'_>,
        mlp_kernel: Kernel,
        target: &ShaderTarget,
        steps: u32,
    ) -> Result<Self, SamplerError> {
        let plain = |kernel, text: &str, samples_per_workgroup| Self {
            kernel,
            constants: plain_constants(network.dims(), target).set("STEPS", steps),
            network: text.to_owned(),
            samples_per_workgroup,
            padded: Padded::default(),
            scratch_bytes: 0,
        };
        match network {
            Network::Model(model) => mlp::program(mlp_kernel, model, target, steps),
            Network::Wgsl(network) => Ok(plain(Kernel::PredictStep, &network.source, WORKGROUP)),
            // One invocation a quad: a workgroup may hold less than a sample.
            Network::External(_) => Ok(plain(Kernel::UpdateStep, "", 1)),
        }
    }

    /// The same for rows that add no noise, worth its while where the update is all there is: without the generator it needs fewer
    /// registers, and software drivers take both ways of a branch.
    pub fn without_noise(&self) -> Option<Self> {
        (self.kernel == Kernel::UpdateStep).then(|| Self {
            constants: self.constants.clone().replace("NOISE", 0),
            ..self.clone()
        })
    }

    /// The whole text.
    pub fn wgsl(&self) -> String {
        self.kernel.compose(&self.constants, &self.network)
    }
}

/// Constants of the kernels that have no tile.
pub fn plain_constants(dims: usize, target: &ShaderTarget) -> Constants {
    Constants::default()
        .set("INT64", u32::from(target.int64))
        .set("NOISE", 1)
        .set("WORKGROUP", WORKGROUP)
        .set("DIMS", dims as u32)
        .set("QUADS", dims.div_ceil(4) as u32)
}

/// The WGSL of every kernel that a sampler for `network` compiles on such a device, as it is composed: for tests, for
/// other compilers, and to read. `mlp_kernel` is the step's kernel if the network is an MLP.
///
/// # Errors
/// [`SamplerError::HiddenTooWide`] if no workgroup within the limits can carry the network.
pub fn wgsl<'a>(
    network: impl Into<Network<'a>>,
    mlp_kernel: Kernel,
    target: &ShaderTarget,
) -> Result<Vec<(Kernel, String)>, SamplerError> {
    let network = network.into();
    let plain = [Kernel::InitNoise, Kernel::ThresholdStep, Kernel::MaskStep].map(|kernel| {
        (
            kernel,
            kernel.compose(&plain_constants(network.dims(), target), ""),
        )
    });
    let mut texts = plain.to_vec();
    // One row a dispatch, and several.
    let rows = if takes_many(network, mlp_kernel) {
        &[1, 4][..]
    } else {
        &[1]
    };
    for &rows in rows {
        let step = StepProgram::new(network, mlp_kernel, target, rows)?;
        texts.push((step.kernel, step.wgsl()));
        let quiet = step.without_noise();
        texts.extend(quiet.map(|quiet| (quiet.kernel, quiet.wgsl())));
    }
    Ok(texts)
}
