//! A network and the rows of a plan, as every worker reads them.

use crate::batch::BatchNeeds;
use crate::cpu::reference::denoiser::Denoiser;
use crate::cpu::reference::update_step::RoundedStep;
use crate::diffusion::Plan;

use super::dispatch::instructions;
use super::packed_mlp::PackedMlp;
use super::packed_program::PackedProgram;

/// What evaluates the network.
pub enum EngineNetwork<'a> {
    /// The residual MLP, many samples at a time.
    Mlp(Box<PackedMlp>),
    /// A network of any operations, many samples at a time.
    Program(Box<PackedProgram>),
    /// A network of the caller's, one sample at a time.
    Custom(Box<dyn Denoiser + 'a>),
}

impl EngineNetwork<'_> {
    /// What a batch must give each sample, and can leave out.
    pub fn needs(&self) -> BatchNeeds<'_> {
        match self {
            Self::Program(packed) => BatchNeeds::of_program(&packed.program),
            _ => BatchNeeds::of_classes(self.dims(), self.num_classes()),
        }
    }

    /// Values in one sample, `D`.
    pub fn dims(&self) -> usize {
        match self {
            Self::Mlp(mlp) => mlp.dims,
            Self::Program(packed) => packed.program.dims,
            Self::Custom(denoiser) => denoiser.dims(),
        }
    }

    /// Classes the network knows; none: it is unconditional.
    pub fn num_classes(&self) -> Option<usize> {
        match self {
            Self::Mlp(mlp) => mlp.num_classes,
            Self::Program(packed) => packed.program.num_classes,
            Self::Custom(denoiser) => denoiser.num_classes(),
        }
    }
}

/// A network and the rows of a plan.
pub struct EngineProgram<'a> {
    pub network: EngineNetwork<'a>,
    pub plan: Plan,
    /// The plan's rows, rounded.
    pub steps: Vec<RoundedStep>,
    pub arch: pulp::Arch,
}

impl<'a> EngineProgram<'a> {
    pub fn new(network: EngineNetwork<'a>, plan: &Plan) -> Self {
        Self {
            network,
            steps: (0..plan.len())
                .map(|row| RoundedStep::new(plan, row))
                .collect(),
            plan: plan.clone(),
            arch: instructions(),
        }
    }
}
