//! Everything that a run is determined by, besides the data themselves.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::names::{Activation, BetaSchedule, Normalize, Prediction, Spacing, Weighting};

/// Everything that a run is determined by; `recipe.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// What is learnt.
    pub data: DataRecipe,
    /// By which network.
    pub network: NetworkRecipe,
    /// Under which noise.
    pub noise: NoiseRecipe,
    /// How.
    pub training: TrainingRecipe,
}

/// The data, as read and scaled. As many keys as options.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataRecipe {
    /// A `.csv`, a `.npy`, a folder of pictures, MNIST's files, or a drawing.
    pub path: PathBuf,
    /// Columns of a `.csv`; none: all but the class and the conditions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// The column of a `.csv` that classes come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_column: Option<String>,
    /// A `.npy` `[N]` of classes, or MNIST's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<PathBuf>,
    /// Columns of a `.csv` that are conditions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_columns: Option<Vec<String>>,
    /// A `.npy` `[N, C]` of conditions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conditions: Option<PathBuf>,
    /// Side of the pictures of a folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_size: Option<usize>,
    /// Points that are taken from a drawing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<usize>,
    /// How columns are scaled; none: by what the data are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub normalize: Option<Normalize>,
    /// Share of the rows that is not trained on, 0 to 0.5.
    pub held_out: f64,
    /// What is done to rows each time.
    #[serde(default, skip_serializing_if = "AugmentRecipe::is_nothing")]
    pub augment: AugmentRecipe,
}

/// What is done to each row each time that it is drawn.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AugmentRecipe {
    /// Standard deviation of noise that is added, in the network's units.
    pub jitter: f64,
    /// Largest shift of a picture, in pixels.
    pub shift: f64,
    /// Largest turn of a picture, in degrees.
    pub rotate: f64,
    /// Largest change of its size, relative.
    pub zoom: f64,
    /// Largest shear.
    pub shear: f64,
}

impl AugmentRecipe {
    /// Whether pictures are mapped.
    #[must_use]
    pub fn maps(&self) -> bool {
        [self.shift, self.rotate, self.zoom, self.shear] != [0.0; 4]
    }

    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// The residual MLP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkRecipe {
    /// Width of the hidden layers.
    pub hidden_size: usize,
    /// Residual blocks.
    pub num_blocks: usize,
    /// The non-linearity.
    pub activation: Activation,
    /// Features for each value of a sample; 0: the values themselves.
    pub input_embedding: usize,
    /// What values are multiplied by for their embedding.
    pub input_scale: f64,
    /// Width of the timestep's sinusoid.
    pub time_embedding: usize,
    /// Width of the vector of time and class.
    pub time_hidden_size: usize,
}

/// The noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoiseRecipe {
    /// Levels.
    pub num_train_timesteps: usize,
    /// How β runs over them.
    pub beta_schedule: BetaSchedule,
    /// What the network predicts.
    pub prediction_type: Prediction,
    /// Which levels samplers visit without being told.
    pub timestep_spacing: Spacing,
}

/// The optimisation. As many keys as options.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingRecipe {
    /// The model directory whose weights it begins with; none: random ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pretrained_model: Option<PathBuf>,
    /// Rows of a step.
    pub train_batch_size: usize,
    /// Steps in all.
    pub max_train_steps: usize,
    /// The learning rate's peak, after its warm-up; it falls by half a cosine to 0.
    pub learning_rate: f64,
    /// Steps in which the learning rate rises.
    pub lr_warmup_steps: usize,
    /// AdamW's.
    pub adam_weight_decay: f64,
    /// Of the moving average of the weights, a step.
    pub ema_decay: f64,
    /// Steps between checkpoints.
    pub checkpointing_steps: usize,
    /// Share of the rows of a step that is trained without its class and condition.
    pub class_dropout: f64,
    /// The weight of a noise level.
    pub loss_weighting: Weighting,
    /// Its largest, γ.
    pub min_snr_gamma: f64,
    /// Share of the rows of a step whose noise is what the network sees in their data.
    #[serde(default)]
    pub encoding_share: f64,
    /// The weight of their loss.
    #[serde(default)]
    pub encoding_weight: f64,
    /// Of all random numbers.
    pub seed: u64,
}
