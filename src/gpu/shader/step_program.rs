//! What a step dispatch runs: a kernel, what it is composed with, and how many
//! samples a workgroup takes.

use super::composed::Composed;
use super::constants::Constants;
use super::kernel::Kernel;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::network::MlpConfig;

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
    /// What the dispatches of a row differ by; none for a kernel that takes a row in one.
    pub dispatches: Vec<Dispatch>,
}

/// One of several dispatches of a row.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// Constants beside those of the program.
    pub constants: Constants,
    /// Workgroups that share the samples of one.
    pub slices: u32,
}

impl StepProgram {
    /// The same for rows that add no noise, worth its while where the update is all
    /// there is: without the generator it needs fewer registers, and software drivers
    /// take both ways of a branch.
    pub fn without_noise(&self) -> Option<Self> {
        (self.kernel == Kernel::UpdateStep).then(|| Self {
            constants: self.constants.clone().replace("NOISE", 0),
            ..self.clone()
        })
    }

    /// The workgroups that share a tile of samples, in each dispatch of a row.
    pub fn slices(&self) -> Vec<u32> {
        match &*self.dispatches {
            [] => vec![1],
            several => several.iter().map(|dispatch| dispatch.slices).collect(),
        }
    }

    /// The whole text of each dispatch of a row, and the workgroups that share a tile of samples there.
    pub fn texts(&self) -> Vec<(Composed, u32)> {
        if self.dispatches.is_empty() {
            return vec![(self.kernel.compose(&self.constants, &self.network), 1)];
        }
        let own = self.dispatches.iter();
        own.map(|dispatch| {
            let constants = self.constants.clone().with(&dispatch.constants);
            (
                self.kernel.compose(&constants, &self.network),
                dispatch.slices,
            )
        })
        .collect()
    }
}

/// Constants of the kernels that have no tile.
pub fn plain_constants(dims: usize, target: &ShaderTarget) -> Constants {
    Constants::default()
        .set("INT64", u32::from(target.int64))
        .plans(target)
        .set("NOISE", 1)
        .set("WORKGROUP", WORKGROUP)
        .set("DIMS", dims as u32)
        .set("QUADS", dims.div_ceil(4) as u32)
}

/// Widths of a model as a kernel has them, padded with units that stay 0; and which way its matrices lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Padded {
    /// H.
    pub hidden: usize,
    /// Columns of the output layer.
    pub outputs: usize,
    /// Matrices lie `[outputs][inputs]`, as matrix units take them, and not `[inputs][outputs]`.
    pub inputs_last: bool,
}

impl Padded {
    /// Layers of this width, and an output of whole quads.
    pub fn quads(hidden: u32, config: &MlpConfig) -> Self {
        Self {
            hidden: hidden as usize,
            outputs: config.dims().next_multiple_of(4),
            inputs_last: false,
        }
    }
}
