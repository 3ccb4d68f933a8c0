//! `config.json` of whichever architecture.

use std::io::Read;

use serde::Deserialize;

use super::config::{MlpConfig, tensor_shapes};
use super::error::{ConfigError, WeightsError};
use super::layers::LayersConfig;
use super::tensors::{Tensors, WeightsFile};

/// What a `config.json` describes.
pub(in crate::network) enum NetworkConfig {
    ResidualMlp(MlpConfig),
    Layers(LayersConfig),
}

#[derive(Deserialize)]
struct Named {
    architecture: String,
}

impl NetworkConfig {
    /// Reads and validates the text.
    pub(in crate::network) fn from_json(text: &str) -> Result<Self, ConfigError> {
        let Named { architecture } = serde_json::from_str(text)?;
        match architecture.as_str() {
            "layers" => LayersConfig::from_json(text).map(Self::Layers),
            _ => MlpConfig::from_json(text).map(Self::ResidualMlp),
        }
    }

    /// Reads the tensors that it calls for.
    pub(in crate::network) fn read_tensors<R: Read>(
        &self,
        files: Vec<WeightsFile<R>>,
    ) -> Result<Tensors, WeightsError> {
        match self {
            Self::ResidualMlp(config) => Tensors::read_exactly(files, tensor_shapes(config)),
            Self::Layers(config) => {
                let (required, wanted) = config.tensors();
                let wanted = |name: &str| wanted.contains(name);
                Tensors::read_named(files, &required, wanted)
            }
        }
    }
}
