//! The residual MLP.

use crate::diffusion::Plan;

use super::conditioning::Conditioning;
use super::format::{MlpConfig, MlpWeights};

/// A residual MLP and its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Mlp {
    config: MlpConfig,
    weights: MlpWeights,
}

impl Mlp {
    pub(super) fn new(config: MlpConfig, weights: MlpWeights) -> Self {
        Self { config, weights }
    }

    /// The shape of the network.
    pub fn config(&self) -> &MlpConfig {
        &self.config
    }

    /// The weights.
    pub fn weights(&self) -> &MlpWeights {
        &self.weights
    }

    /// The weights, to be changed but for their shapes.
    pub(crate) fn weights_mut(&mut self) -> &mut MlpWeights {
        &mut self.weights
    }

    /// Time and class folded into biases for the rows of a plan.
    pub fn conditioning(&self, plan: &Plan) -> Conditioning {
        let timesteps = plan.stages().iter().map(|step| step.timestep);
        Conditioning::new(&self.config, &self.weights, timesteps)
    }
}
