//! A model directory: a network, its weights, and the scheduler it was trained for.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use crate::diffusion::{Plan, PlanError, SchedulerConfig};

use super::bundled;
use super::format::{
    ConditionInput, DataConfig, LayersConfig, MlpWeights, ModelError, NetworkConfig, WeightsFile,
    open_weights, read_json, read_json_if_there,
};
use super::mlp::Mlp;
use super::program::{Program, Stage, compile, lower};

/// A network with its weights and the scheduler it was trained for.
#[derive(Debug, Clone)]
pub struct Model {
    network: Architecture,
    scheduler: SchedulerConfig,
    name: String,
    warnings: Vec<String>,
    data_config: Option<DataConfig>,
}

#[derive(Debug, Clone)]
enum Architecture {
    ResidualMlp(Box<Mlp>),
    Layers {
        config: Box<LayersConfig>,
        program: Arc<Program>,
    },
}

impl Model {
    /// Reads a model directory: `config.json`, `scheduler_config.json` and `model.safetensors`,
    /// and `data_config.json` where there is one.
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
        let files = open_weights(directory, &name)?;
        let data_config = read_json_if_there(directory.join("data_config.json"))?;
        let model = Self::read(name, &config, &scheduler, files)?;
        match data_config {
            Some(text) => model.with_data_config(&text),
            None => Ok(model),
        }
    }

    /// This model with the text of a `data_config.json`.
    ///
    /// # Errors
    /// [`ModelError::DataConfig`], if it is none or not for this model.
    pub fn with_data_config(mut self, json: &str) -> Result<Self, ModelError> {
        let read = || {
            let data_config = DataConfig::from_json(json)?;
            data_config.validate_for(self.sample_shape(), self.num_classes())?;
            Ok(data_config)
        };
        self.data_config = Some(read().map_err(|source| ModelError::DataConfig {
            model: self.name.clone(),
            source,
        })?);
        Ok(self)
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
        let file = WeightsFile {
            bytes: safetensors.len() as u64,
            reader: safetensors,
        };
        Self::read(name.into(), config_json, scheduler_json, vec![file])
    }

    fn read<R: Read>(
        name: String,
        config_json: &str,
        scheduler_json: &str,
        files: Vec<WeightsFile<R>>,
    ) -> Result<Self, ModelError> {
        let model = || name.clone();
        let of_config = |source| ModelError::Config {
            model: model(),
            source,
        };
        let config = NetworkConfig::from_json(config_json).map_err(of_config)?;
        let (mut scheduler, mut warnings) =
            SchedulerConfig::from_json(scheduler_json).map_err(|source| ModelError::Scheduler {
                model: model(),
                source,
            })?;
        let tensors = config
            .read_tensors(files)
            .map_err(|source| ModelError::Weights {
                model: model(),
                source,
            })?;
        warnings.extend_from_slice(tensors.notes());
        let network = match config {
            NetworkConfig::ResidualMlp(config) => {
                let weights = MlpWeights::of(tensors, &config);
                Architecture::ResidualMlp(Box::new(Mlp::new(config, weights)))
            }
            NetworkConfig::Layers(config) => {
                let levels = scheduler.schedule.train_steps();
                let program = compile(&config, &tensors, levels).map_err(of_config)?;
                scheduler.wrap = config.levels.plan_wrap();
                scheduler
                    .validate()
                    .map_err(|source| ModelError::Scheduler {
                        model: model(),
                        source,
                    })?;
                Architecture::Layers {
                    config: Box::new(config),
                    program: Arc::new(program),
                }
            }
        };
        Ok(Self {
            network,
            scheduler,
            name,
            warnings,
            data_config: None,
        })
    }

    /// The residual MLP, where the model is one.
    pub fn mlp(&self) -> Option<&Mlp> {
        match &self.network {
            Architecture::ResidualMlp(mlp) => Some(mlp),
            Architecture::Layers { .. } => None,
        }
    }

    /// The residual MLP, to be changed.
    pub(crate) fn mlp_mut(&mut self) -> Option<&mut Mlp> {
        match &mut self.network {
            Architecture::ResidualMlp(mlp) => Some(mlp),
            Architecture::Layers { .. } => None,
        }
    }

    /// The network as a program, whatever its architecture.
    pub fn program(&self) -> Arc<Program> {
        match &self.network {
            Architecture::ResidualMlp(mlp) => Arc::new(lower(mlp.config(), mlp.weights())),
            Architecture::Layers { program, .. } => program.clone(),
        }
    }

    /// Multiply-adds of one evaluation for one sample, without what is folded once a step or once a sample.
    #[must_use]
    pub fn multiply_adds(&self) -> usize {
        match &self.network {
            Architecture::ResidualMlp(mlp) => mlp.config().multiply_adds(),
            Architecture::Layers { program, .. } => program.multiply_adds(Stage::State),
        }
    }

    /// Checks that the network can be told every level of a plan.
    ///
    /// # Errors
    /// [`PlanError::BetweenLevels`] where it looks levels up in a table, and the plan visits one
    /// between two training levels.
    pub fn check_plan(&self, plan: &Plan) -> Result<(), PlanError> {
        match &self.network {
            Architecture::ResidualMlp(_) => Ok(()),
            Architecture::Layers { program, .. } => {
                program.check_plan(plan, self.scheduler.schedule.train_steps())
            }
        }
    }

    /// The vectors that each sample is given, by name.
    pub fn inputs(&self) -> &[ConditionInput] {
        match &self.network {
            Architecture::ResidualMlp(_) => &[],
            Architecture::Layers { config, .. } => &config.inputs,
        }
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
        match &self.network {
            Architecture::ResidualMlp(mlp) => &mlp.config().sample_shape,
            Architecture::Layers { config, .. } => &config.sample_shape,
        }
    }

    /// Values in one sample, `D`.
    pub fn dims(&self) -> usize {
        self.sample_shape().iter().product()
    }

    /// Classes the model knows; none: the model is unconditional.
    pub fn num_classes(&self) -> Option<usize> {
        match &self.network {
            Architecture::ResidualMlp(mlp) => mlp.config().num_classes,
            Architecture::Layers { config, .. } => config.num_classes,
        }
    }

    /// What a sample's values and classes are in the data; none: the directory does not say.
    pub fn data_config(&self) -> Option<&DataConfig> {
        self.data_config.as_ref()
    }

    /// What was odd about the files but does not prevent sampling, one line each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}
