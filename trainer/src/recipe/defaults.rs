//! What follows from the data where nothing was chosen.

use super::names::{Activation, BetaSchedule, Prediction, Spacing, Weighting};
use super::sections::{NetworkRecipe, NoiseRecipe, TrainingRecipe};

/// The data, as far as defaults go by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Rows to train on.
    pub rows: usize,
    /// Values of a row.
    pub dims: usize,
    /// Whether rows are pictures.
    pub pictures: bool,
}

/// Most values of a row whose values are embedded: a feature more costs as much as a value.
const MAX_EMBEDDED: usize = 16;

impl Facts {
    /// A network: as wide as what it has to carry.
    pub fn network(self) -> NetworkRecipe {
        let (hidden_size, num_blocks) = match (self.pictures, self.dims) {
            (true, ..=256) => (384, 4),
            (true, ..=1024) => (640, 4),
            (true, _) => (1024, 4),
            (false, ..=3) => (128, 3),
            (false, _) => (256, 3),
        };
        let embedded = !self.pictures && self.dims <= MAX_EMBEDDED;
        NetworkRecipe {
            hidden_size,
            num_blocks,
            activation: Activation::Silu,
            input_embedding: if embedded { 64 } else { 0 },
            // Many columns that are looked at too closely are learnt by heart.
            input_scale: if self.dims <= 3 { 25.0 } else { 5.0 },
            time_embedding: 64,
            time_hidden_size: if self.pictures { 128 } else { 64 },
        }
    }

    /// Noise: pictures' values are too many for a hidden layer to carry the noise of all of them, so
    /// their network predicts the data.
    pub fn noise(self) -> NoiseRecipe {
        NoiseRecipe {
            num_train_timesteps: 1000,
            beta_schedule: BetaSchedule::Cosine,
            prediction_type: if self.pictures {
                Prediction::Sample
            } else {
                Prediction::Epsilon
            },
            timestep_spacing: if self.pictures {
                Spacing::Trailing
            } else {
                Spacing::Leading
            },
        }
    }

    /// Steps of a batch that the data have several of.
    pub fn training(self) -> TrainingRecipe {
        let most = 256;
        let train_batch_size = (self.rows / 4).clamp(16, most).next_power_of_two();
        let train_batch_size = if train_batch_size > most {
            most
        } else {
            train_batch_size
        };
        let max_train_steps = if self.pictures { 10_000 } else { 6_000 };
        TrainingRecipe {
            pretrained_model: None,
            train_batch_size,
            max_train_steps,
            learning_rate: if self.pictures { 1e-3 } else { 2e-3 },
            lr_warmup_steps: 200,
            adam_weight_decay: if self.pictures { 0.01 } else { 0.0 },
            ema_decay: 0.999,
            checkpointing_steps: max_train_steps / 10,
            class_dropout: 0.1,
            loss_weighting: Weighting::Uniform,
            min_snr_gamma: 5.0,
            encoding_share: 0.0,
            encoding_weight: 0.1,
            seed: 0,
        }
    }
}
