//! Options of the command line, each of which may be left out.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::names::{Activation, BetaSchedule, Normalize, Prediction, Spacing, Weighting};

/// What was chosen; the tables and keys of `recipe.toml`.
#[derive(Debug, Clone, Default, Args, Serialize)]
pub struct Choices {
    /// The data.
    #[command(flatten)]
    pub data: DataChoices,
    /// The network.
    #[command(flatten)]
    pub network: NetworkChoices,
    /// The noise.
    #[command(flatten)]
    pub noise: NoiseChoices,
    /// The optimisation.
    #[command(flatten)]
    pub training: TrainingChoices,
}

/// The data.
#[derive(Debug, Clone, Default, Args, Serialize)]
#[command(next_help_heading = "Data")]
pub struct DataChoices {
    /// What to learn: a .csv with a header, a .npy [N, D] or [N, C, H, W], a folder of .png and
    /// .jpg, in which folders are classes, MNIST's -ubyte.gz, or one .png or .jpg, a drawing, as points
    #[arg(long = "data", value_name = "FILE|DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Columns of the .csv [default: all but the class and the conditions]
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// The column of the .csv that is the class of a row, text or number
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_column: Option<String>,
    /// Classes of the rows or pictures, whole numbers from 0: a .npy [N], or MNIST's -ubyte.gz
    #[arg(long, value_name = "FILE.npy")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<PathBuf>,
    /// Columns of the .csv, numbers, by whose values samples will be asked for
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_columns: Option<Vec<String>>,
    /// A vector for each row or picture, by which samples will be asked for, a .npy [N, C]
    #[arg(long, value_name = "FILE.npy")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conditions: Option<PathBuf>,
    /// Side of the pictures of a folder, in pixels: their middle square is brought to it [default:
    /// 28]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(4..=256))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_size: Option<u32>,
    /// Points that are taken from a drawing [default: 20000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=10_000_000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<u32>,
    /// How columns are scaled; undone in the .csv that `ddim sample` writes [default: minmax, or
    /// quantile from 4 columns on; pictures and drawings: none]
    #[arg(long, value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub normalize: Option<Normalize>,
    /// Share of the rows that is not trained on, for figures [default: 0.1, at most 2000 rows]
    #[arg(long, value_name = "SHARE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out: Option<f64>,
    /// What is done to rows each time that they are drawn.
    #[command(flatten)]
    #[serde(skip_serializing_if = "AugmentChoices::is_empty")]
    pub augment: AugmentChoices,
}

/// What is done to rows each time that they are drawn.
#[derive(Debug, Clone, Default, PartialEq, Args, Serialize)]
pub struct AugmentChoices {
    /// Standard deviation of noise that is added to each row each time, in units of the scaled data
    #[arg(long, value_name = "S")]
    #[serde(skip_serializing_if = "Option::is_none")]
    jitter: Option<f64>,
    /// Pictures are shifted by up to so many pixels each time
    #[arg(long, value_name = "PIXELS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    shift: Option<f64>,
    /// Pictures are turned by up to so many degrees each time
    #[arg(long, value_name = "DEGREES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    rotate: Option<f64>,
    /// Pictures are zoomed by up to this share each time
    #[arg(long, value_name = "SHARE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    zoom: Option<f64>,
    /// Pictures are sheared by up to so much each time
    #[arg(long, value_name = "SHARE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    shear: Option<f64>,
}

impl AugmentChoices {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The network.
#[derive(Debug, Clone, Default, Args, Serialize)]
#[command(next_help_heading = "Network")]
pub struct NetworkChoices {
    /// Width of the hidden layers [default: by the data]
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden_size: Option<usize>,
    /// Residual blocks
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_blocks: Option<usize>,
    /// The non-linearity [default: silu]
    #[arg(long, value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation: Option<Activation>,
    /// Sines and cosines for each value of a sample; 0: the value itself [default: 64 for up to 16
    /// values, else 0]
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_embedding: Option<usize>,
    /// What values are multiplied by for them [default: 25]
    #[arg(long, value_name = "F")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_scale: Option<f64>,
    /// Sines and cosines of the timestep [default: 64]
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_embedding: Option<usize>,
    /// Width of the vector of time and class [default: 64; pictures: 128]
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_hidden_size: Option<usize>,
}

/// The noise.
#[derive(Debug, Clone, Default, Args, Serialize)]
#[command(next_help_heading = "Noise")]
pub struct NoiseChoices {
    /// Levels of noise [default: 1000]
    #[arg(long, value_name = "T")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_train_timesteps: Option<usize>,
    /// How β runs over them [default: squaredcos_cap_v2]
    #[arg(long, value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta_schedule: Option<BetaSchedule>,
    /// What the network predicts [default: epsilon; pictures: sample]
    #[arg(long, value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prediction_type: Option<Prediction>,
    /// Which levels samplers visit if they are not told [default: leading; pictures: trailing]
    #[arg(long, value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestep_spacing: Option<Spacing>,
}

/// The optimisation. As many options as it has.
#[derive(Debug, Clone, Default, Args, Serialize)]
#[command(next_help_heading = "Training")]
pub struct TrainingChoices {
    /// Begin with the weights of this model directory, whose network and noise are the same
    #[arg(long, value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pretrained_model: Option<PathBuf>,
    /// Rows of a step [default: by the data]
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_batch_size: Option<usize>,
    /// The learning rate's peak, after its warm-up; it falls to 0 [default: by the data]
    #[arg(long, value_name = "RATE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f64>,
    /// Steps in which the learning rate rises
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lr_warmup_steps: Option<usize>,
    /// AdamW's weight decay
    #[arg(long, value_name = "W")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adam_weight_decay: Option<f64>,
    /// Passes over the data
    #[arg(long, value_name = "N", conflicts_with = "max_train_steps")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_epochs: Option<usize>,
    /// Steps in all [default: by the data]
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_train_steps: Option<usize>,
    /// Decay of the moving average of the weights, a step [default: 0.999]
    #[arg(long, value_name = "DECAY")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ema_decay: Option<f64>,
    /// Steps between checkpoints [default: a tenth of all]
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpointing_steps: Option<usize>,
    /// Share of the rows that is trained without its class and condition, for guidance [default: 0.1]
    #[arg(long, value_name = "SHARE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_dropout: Option<f64>,
    /// The weight of a noise level in the loss [default: uniform]
    #[arg(long, value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss_weighting: Option<Weighting>,
    /// Its largest, γ; without --loss-weighting it asks for min_snr [default: 5]
    #[arg(long, value_name = "GAMMA")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_snr_gamma: Option<f64>,
    /// Share of the rows that is trained on the noise which the network itself sees in their data, so that
    /// encoding does not run away; for a model that exists already, 0.2 [default: 0]
    #[arg(long, value_name = "SHARE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding_share: Option<f64>,
    /// The weight of their loss [default: 0.1]
    #[arg(long, value_name = "WEIGHT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding_weight: Option<f64>,
    /// Of the initial weights, the order, the noise and what is held out [default: 0]
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}
