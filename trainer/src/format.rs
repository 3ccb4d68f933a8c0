//! The two configuration files of a model directory, as the sampler reads them.

use ddim_wgpu::diffusion::NoiseSchedule;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// `config.json`: the architecture of the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ModelConfig {
    pub(crate) architecture: String,
    /// `[dims]` or `[channels, height, width]`.
    pub(crate) sample_shape: Vec<usize>,
    pub(crate) hidden_size: usize,
    pub(crate) num_blocks: usize,
    pub(crate) activation: Activation,
    pub(crate) time_embedding: TimeEmbedding,
    pub(crate) input_embedding: Option<InputEmbedding>,
    pub(crate) num_classes: Option<usize>,
}

/// The activations the format knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Activation {
    Relu,
    Silu,
    Gelu,
    GeluTanh,
}

/// How the timestep enters: a sinusoid, then a small MLP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct TimeEmbedding {
    pub(crate) size: usize,
    pub(crate) hidden_size: Option<usize>,
    pub(crate) flip_sin_to_cos: bool,
    pub(crate) downscale_freq_shift: f64,
    pub(crate) max_period: f64,
}

/// Each coordinate, times `scale`, through the sinusoid of `size` features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct InputEmbedding {
    pub(crate) size: usize,
    pub(crate) scale: f64,
}

impl ModelConfig {
    /// Values in one sample, `D`.
    pub(crate) fn dims(&self) -> usize {
        self.sample_shape.iter().product()
    }

    /// Features entering `proj_in`, `F`.
    pub(crate) fn features(&self) -> usize {
        self.input_embedding
            .as_ref()
            .map_or(self.dims(), |embedding| self.dims() * embedding.size)
    }

    /// Width of the conditioning vector, `E`.
    pub(crate) fn conditioning(&self) -> usize {
        self.time_embedding
            .hidden_size
            .unwrap_or(self.time_embedding.size)
    }
}

/// `scheduler_config.json`, with the keys of diffusers' `DDIMScheduler`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SchedulerConfig {
    #[serde(rename = "_class_name")]
    pub(crate) class_name: String,
    #[serde(rename = "_diffusers_version")]
    pub(crate) diffusers_version: String,
    pub(crate) beta_end: f64,
    pub(crate) beta_schedule: BetaSchedule,
    pub(crate) beta_start: f64,
    pub(crate) clip_sample: bool,
    pub(crate) clip_sample_range: f64,
    pub(crate) dynamic_thresholding_ratio: f64,
    pub(crate) num_train_timesteps: usize,
    pub(crate) prediction_type: Prediction,
    pub(crate) rescale_betas_zero_snr: bool,
    pub(crate) sample_max_value: f64,
    pub(crate) set_alpha_to_one: bool,
    pub(crate) steps_offset: usize,
    pub(crate) thresholding: bool,
    pub(crate) timestep_spacing: Spacing,
    pub(crate) trained_betas: Option<Vec<f64>>,
}

/// How β runs over the training levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum BetaSchedule {
    #[serde(rename = "linear")]
    Linear,
    #[serde(rename = "scaled_linear")]
    ScaledLinear,
    #[serde(rename = "squaredcos_cap_v2")]
    Cosine,
}

/// What the network's output estimates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Prediction {
    #[serde(rename = "epsilon")]
    Epsilon,
    #[serde(rename = "sample")]
    Sample,
    #[serde(rename = "v_prediction")]
    Velocity,
}

/// Which of the training levels a sampler visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Spacing {
    Leading,
    Trailing,
    Linspace,
}

impl SchedulerConfig {
    /// 1000 levels of a schedule, sampled down to ᾱ = 1 with x̂₀ clipped to
    /// the data's range, [−1, 1].
    pub(crate) fn ddim(
        beta_schedule: BetaSchedule,
        prediction_type: Prediction,
        timestep_spacing: Spacing,
    ) -> Self {
        Self {
            class_name: "DDIMScheduler".into(),
            diffusers_version: "0.42.0".into(),
            beta_end: 0.02,
            beta_schedule,
            beta_start: 1e-4,
            clip_sample: true,
            clip_sample_range: 1.0,
            dynamic_thresholding_ratio: 0.995,
            num_train_timesteps: 1000,
            prediction_type,
            rescale_betas_zero_snr: false,
            sample_max_value: 1.0,
            set_alpha_to_one: true,
            steps_offset: 0,
            thresholding: false,
            timestep_spacing,
            trained_betas: None,
        }
    }

    /// The noise levels, as the library reads them from this configuration.
    ///
    /// # Errors
    /// When the library does not accept it.
    pub(crate) fn schedule(&self) -> Result<NoiseSchedule, Error> {
        let text = serde_json::to_string(self).map_err(Error::json("scheduler_config.json"))?;
        let (config, _warnings) =
            ddim_wgpu::diffusion::SchedulerConfig::from_json(&text).map_err(Error::sampler)?;
        Ok(config.schedule)
    }
}
