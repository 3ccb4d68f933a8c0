//! The biases that depend on the plan: what a sampler keeps of a model on the host, so that another
//! plan needs no model.

use super::packing::{Packing, pad_biases};
use crate::diffusion::Plan;
use crate::gpu::shader::step_program::Padded;
use crate::network::{Conditioning, Linear, Matrix, Mlp, MlpConfig, MlpWeights};

/// The part of a model that folds timesteps into biases: the layers' biases, the conditioning and
/// the time embedding. Not the layers' matrices, which are on the device.
#[derive(Debug)]
pub struct TimeBiases {
    config: MlpConfig,
    weights: MlpWeights,
    padded: Padded,
    /// Offset in bytes of row 0 in the buffer of biases.
    offset: u64,
}

impl TimeBiases {
    pub fn new(model: &Mlp, padded: Padded) -> Self {
        let (config, weights) = (model.config(), model.weights());
        let class_rows = config.num_classes.map_or(0, |classes| classes + 1);
        let class_values = class_rows * config.layers() * padded.hidden;
        let values = 4 * Packing::new(model, padded).biases + class_values;
        Self {
            config: config.clone(),
            weights: MlpWeights {
                proj_in: bias_of(&weights.proj_in),
                blocks: weights.blocks.iter().map(bias_of).collect(),
                proj_out: bias_of(&weights.proj_out),
                conditioning: weights.conditioning.clone(),
                time_mlp: weights.time_mlp.clone(),
                class_embedding: None,
            },
            padded,
            offset: 4 * values as u64,
        }
    }

    /// The widths that the kernel has.
    pub fn padded(&self) -> Padded {
        self.padded
    }

    /// Where the rows of a plan begin in the buffer of biases, in bytes.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// `[rows][layers][hidden]`: the biases at every row of a plan.
    pub fn of(&self, plan: &Plan) -> Vec<f32> {
        let timesteps = plan.stages().iter().map(|step| step.timestep);
        let folded = Conditioning::new(&self.config, &self.weights, timesteps);
        pad_biases(
            &folded.time_bias,
            self.config.hidden_size,
            self.padded.hidden,
        )
    }
}

fn bias_of(linear: &Linear) -> Linear {
    Linear {
        weight: Matrix {
            rows: 0,
            cols: 0,
            data: Vec::new(),
        },
        bias: linear.bias.clone(),
    }
}
