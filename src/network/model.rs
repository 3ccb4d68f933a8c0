//! A model directory: a network, its weights, and the scheduler it was trained for.

use std::io::Read;
use std::path::Path;

use crate::diffusion::{Plan, SchedulerConfig};

use super::bundled;
use super::conditioning::Conditioning;
use super::format::{MlpConfig, MlpWeights, ModelError, open_weights, read_json};

/// A residual MLP with its weights and the scheduler it was trained for.
#[derive(Debug, Clone)]
pub struct Model {
    config: MlpConfig,
    weights: MlpWeights,
    scheduler: SchedulerConfig,
    name: String,
    warnings: Vec<String>,
}

impl Model {
    /// Reads a model directory: `config.json`, `scheduler_config.json` and `model.safetensors`.
    ///
    /// Files are taken to be hostile: sizes are checked before memory is allocated, which stays in
    /// proportion to the model.
    ///
    /// # Errors
    /// [`ModelError`], with the file and what is wrong with it.
    pub fn load(directory: impl AsRef<Path>) -> Result<Self, ModelError> {
        let directory = directory.as_ref();
        // `models/digits/` and `.` have names too.
        let name = directory
            .canonicalize()
            .ok()
            .as_deref()
            .unwrap_or(directory)
            .file_name()
            .map_or_else(
                || "model".into(),
                |name| name.to_string_lossy().into_owned(),
            );
        let config = read_json(directory.join("config.json"))?;
        let scheduler = read_json(directory.join("scheduler_config.json"))?;
        let (weights, bytes) = open_weights(directory.join("model.safetensors"))?;
        Self::read(name, &config, &scheduler, weights, bytes)
    }

    /// A model compiled into the library.
    ///
    /// # Errors
    /// [`ModelError::UnknownBundled`], with the names there are; with the feature `bundled` off
    /// there are none.
    pub fn bundled(name: &str) -> Result<Self, ModelError> {
        let files = bundled::find(name).ok_or_else(|| ModelError::UnknownBundled {
            name: name.to_owned(),
            available: bundled::names(),
        })?;
        Self::from_parts(name, files.config, files.scheduler, files.weights)
    }

    /// Reads a model whose three files are in memory.
    ///
    /// # Errors
    /// As [`Model::load`], but for reading.
    pub fn from_parts(
        name: impl Into<String>,
        config_json: &str,
        scheduler_json: &str,
        safetensors: &[u8],
    ) -> Result<Self, ModelError> {
        let bytes = safetensors.len() as u64;
        Self::read(name.into(), config_json, scheduler_json, safetensors, bytes)
    }

    fn read(
        name: String,
        config_json: &str,
        scheduler_json: &str,
        safetensors: impl Read,
        safetensors_bytes: u64,
    ) -> Result<Self, ModelError> {
        let model = || name.clone();
        let config = MlpConfig::from_json(config_json).map_err(|source| ModelError::Config {
            model: model(),
            source,
        })?;
        let (scheduler, warnings) =
            SchedulerConfig::from_json(scheduler_json).map_err(|source| ModelError::Scheduler {
                model: model(),
                source,
            })?;
        let weights =
            MlpWeights::read(safetensors, safetensors_bytes, &config).map_err(|source| {
                ModelError::Weights {
                    model: model(),
                    source,
                }
            })?;
        Ok(Self {
            config,
            weights,
            scheduler,
            name,
            warnings,
        })
    }

    /// The weights, to be changed but for their shapes.
    pub(crate) fn weights_mut(&mut self) -> &mut MlpWeights {
        &mut self.weights
    }

    /// The shape of the network.
    pub fn config(&self) -> &MlpConfig {
        &self.config
    }

    /// The weights.
    pub fn weights(&self) -> &MlpWeights {
        &self.weights
    }

    /// The noise schedule the model was trained for, and how it is meant to be sampled.
    pub fn scheduler(&self) -> &SchedulerConfig {
        &self.scheduler
    }

    /// The name of the model's directory.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `[d]` or `[channels, height, width]`.
    pub fn sample_shape(&self) -> &[usize] {
        &self.config.sample_shape
    }

    /// Values in one sample, `D`.
    pub fn dims(&self) -> usize {
        self.config.dims()
    }

    /// Classes the model knows; none: the model is unconditional.
    pub fn num_classes(&self) -> Option<usize> {
        self.config.num_classes
    }

    /// What was odd about the files but does not prevent sampling, one line each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Time and class folded into biases for the rows of a plan.
    pub fn conditioning(&self, plan: &Plan) -> Conditioning {
        let timesteps = plan.steps().iter().map(|step| step.timestep);
        Conditioning::new(&self.config, &self.weights, timesteps)
    }
}
