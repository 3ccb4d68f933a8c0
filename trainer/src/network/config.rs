//! The files of a model directory, as the sampler reads them.

use std::path::Path;

use ddim_wgpu::diffusion::NoiseSchedule;
use ddim_wgpu::network::DataConfig;
use ddim_wgpu::output::OutputFile;
use serde::{Deserialize, Serialize};

use super::layers;
use super::weights::{Storage, Weights};
use crate::data::ConditionScaling;
use crate::error::Error;
use crate::recipe::{Activation, BetaSchedule, NetworkRecipe, NoiseRecipe, Prediction, Spacing};

/// `config.json`: the architecture of the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    /// `residual-mlp`.
    pub architecture: String,
    /// `[dims]` or `[channels, height, width]`.
    pub sample_shape: Vec<usize>,
    /// Width of the hidden layers, H.
    pub hidden_size: usize,
    /// Residual blocks.
    pub num_blocks: usize,
    /// The non-linearity.
    pub activation: Activation,
    /// How the timestep enters.
    pub time_embedding: TimeEmbedding,
    /// How a value enters; none: as it is.
    pub input_embedding: Option<InputEmbedding>,
    /// Classes; none: the model is unconditional.
    pub num_classes: Option<usize>,
    /// Numbers of the vector that each sample is given; 0: there is none. The file of a network with
    /// one is of the `layers` format.
    #[serde(skip)]
    pub condition: usize,
}

/// How the timestep enters: a sinusoid, then a small MLP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimeEmbedding {
    /// Width of the sinusoid, S.
    pub size: usize,
    /// Width of the MLP, E; none: there is none, and E is S.
    pub hidden_size: Option<usize>,
    /// Cosines first.
    pub flip_sin_to_cos: bool,
    /// As diffusers has it.
    pub downscale_freq_shift: f64,
    /// The slowest period, over 2π.
    pub max_period: f64,
}

/// Each value, times `scale`, through the sinusoid of `size` features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InputEmbedding {
    /// Features of a value.
    pub size: usize,
    /// What it is multiplied by.
    pub scale: f64,
}

impl ModelConfig {
    /// The configuration of a recipe's network.
    #[must_use]
    pub fn new(
        recipe: &NetworkRecipe,
        sample_shape: &[usize],
        num_classes: Option<usize>,
        condition: usize,
    ) -> Self {
        Self {
            architecture: "residual-mlp".into(),
            sample_shape: sample_shape.to_vec(),
            hidden_size: recipe.hidden_size,
            num_blocks: recipe.num_blocks,
            activation: recipe.activation,
            time_embedding: TimeEmbedding {
                size: recipe.time_embedding,
                hidden_size: Some(recipe.time_hidden_size),
                flip_sin_to_cos: false,
                downscale_freq_shift: 1.0,
                max_period: 10_000.0,
            },
            input_embedding: (recipe.input_embedding > 0).then_some(InputEmbedding {
                size: recipe.input_embedding,
                scale: recipe.input_scale,
            }),
            num_classes,
            condition,
        }
    }

    /// Values in one sample, `D`.
    #[must_use]
    pub fn dims(&self) -> usize {
        self.sample_shape.iter().product()
    }

    /// Features entering `proj_in`, `F`.
    #[must_use]
    pub fn features(&self) -> usize {
        self.input_embedding
            .as_ref()
            .map_or(self.dims(), |embedding| self.dims() * embedding.size)
    }

    /// Width of the conditioning vector, `E`.
    #[must_use]
    pub fn conditioning(&self) -> usize {
        self.time_embedding
            .hidden_size
            .unwrap_or(self.time_embedding.size)
    }
}

/// `scheduler_config.json`, with the keys of diffusers' `DDIMScheduler`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "diffusers documents its keys")]
pub struct SchedulerConfig {
    #[serde(rename = "_class_name")]
    pub class_name: String,
    #[serde(rename = "_diffusers_version")]
    pub diffusers_version: String,
    pub beta_end: f64,
    pub beta_schedule: BetaSchedule,
    pub beta_start: f64,
    pub clip_sample: bool,
    pub clip_sample_range: f64,
    pub dynamic_thresholding_ratio: f64,
    pub num_train_timesteps: usize,
    pub prediction_type: Prediction,
    pub rescale_betas_zero_snr: bool,
    pub sample_max_value: f64,
    pub set_alpha_to_one: bool,
    pub steps_offset: usize,
    pub thresholding: bool,
    pub timestep_spacing: Spacing,
    pub trained_betas: Option<Vec<f64>>,
}

impl SchedulerConfig {
    /// The configuration of a recipe's noise, sampled down to ᾱ = 1, with x̂₀ clipped to what data of
    /// magnitudes up to `reach` need.
    #[must_use]
    pub fn new(recipe: &NoiseRecipe, reach: f32) -> Self {
        // Upwards to two digits, so that no value of the data is beyond it.
        let range = (f64::from(reach) * 100.0 - 1e-3).ceil() / 100.0;
        Self {
            class_name: "DDIMScheduler".into(),
            diffusers_version: "0.42.0".into(),
            beta_end: 0.02,
            beta_schedule: recipe.beta_schedule,
            beta_start: 1e-4,
            clip_sample: true,
            clip_sample_range: range.max(1.0),
            dynamic_thresholding_ratio: 0.995,
            num_train_timesteps: recipe.num_train_timesteps,
            prediction_type: recipe.prediction_type,
            rescale_betas_zero_snr: false,
            sample_max_value: 1.0,
            set_alpha_to_one: true,
            steps_offset: 0,
            thresholding: false,
            timestep_spacing: recipe.timestep_spacing,
            trained_betas: None,
        }
    }

    /// That of a model directory that was trained here.
    ///
    /// # Errors
    /// Where it is none.
    pub fn read(directory: &Path) -> Result<Self, Error> {
        let path = directory.join("scheduler_config.json");
        let text = std::fs::read_to_string(&path).map_err(Error::io(&path))?;
        serde_json::from_str(&text).map_err(Error::json(&path))
    }

    /// The noise levels, as the library reads them from this configuration.
    ///
    /// # Errors
    /// When the library does not accept it.
    pub fn schedule(&self) -> Result<NoiseSchedule, Error> {
        let text = serde_json::to_string(self).map_err(Error::json("scheduler_config.json"))?;
        let (config, _warnings) =
            ddim_wgpu::diffusion::SchedulerConfig::from_json(&text).map_err(Error::sampler)?;
        Ok(config.schedule)
    }
}

/// What a model directory is made of.
#[derive(Debug)]
pub struct ModelFiles<'a> {
    /// The network.
    pub model: &'a ModelConfig,
    /// The noise.
    pub scheduler: &'a SchedulerConfig,
    /// What values and classes mean.
    pub data: &'a DataConfig,
    /// How a condition is scaled, where there is one.
    pub conditions: Option<&'a ConditionScaling>,
    /// Whether rows were trained without their condition too.
    pub guided: bool,
    /// The network's tensors.
    pub weights: Weights,
    /// How they are stored.
    pub storage: Storage,
}

impl ModelFiles<'_> {
    /// Writes the directory. Each file appears whole.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(mut self, directory: &Path) -> Result<(), Error> {
        std::fs::create_dir_all(directory).map_err(Error::io(directory))?;
        let config = directory.join("config.json");
        if let Some(scaling) = self.conditions {
            layers::scaling(&mut self.weights, scaling);
            let layers = layers::config(self.model, scaling.center.len(), self.guided);
            write_json(&config, &layers)?;
        } else {
            write_json(&config, self.model)?;
        }
        write_json(&directory.join("scheduler_config.json"), self.scheduler)?;
        if !self.data.columns.is_empty() || self.data.class.is_some() {
            write_json(&directory.join("data_config.json"), self.data)?;
        }
        let weights = directory.join("model.safetensors");
        self.weights.save(&weights, self.storage)
    }
}

/// Writes a value as indented JSON, whole or not at all.
///
/// # Errors
/// Those of the file system.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(value).map_err(Error::json(path))?;
    write(path, (text + "\n").as_bytes())
}

/// Writes a file, whole or not at all.
///
/// # Errors
/// Those of the file system.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut file = OutputFile::create(path).map_err(Error::sampler)?;
    std::io::Write::write_all(&mut file, bytes).map_err(Error::io(path))?;
    file.finish().map_err(Error::sampler)
}
