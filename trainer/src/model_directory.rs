//! Reading and writing a model directory.

use std::path::Path;

use serde::Serialize;

use crate::error::Error;
use crate::format::{ModelConfig, SchedulerConfig};
use crate::weights::{Storage, Weights};

/// Writes the two configurations and the weights, as f16.
pub(crate) fn write(
    directory: &Path,
    model: &ModelConfig,
    scheduler: &SchedulerConfig,
    weights: &Weights,
) -> Result<(), Error> {
    std::fs::create_dir_all(directory).map_err(Error::io(directory))?;
    write_json(&directory.join("config.json"), model)?;
    write_json(&directory.join("scheduler_config.json"), scheduler)?;
    weights.save(&directory.join("model.safetensors"), Storage::F16)
}

/// Reads what [`write`] wrote.
#[cfg(test)]
pub(crate) fn read(directory: &Path) -> Result<(ModelConfig, SchedulerConfig, Weights), Error> {
    Ok((
        read_json(&directory.join("config.json"))?,
        read_json(&directory.join("scheduler_config.json"))?,
        Weights::load(&directory.join("model.safetensors"))?,
    ))
}

pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(value).map_err(Error::json(path))?;
    std::fs::write(path, text + "\n").map_err(Error::io(path))
}

#[cfg(test)]
fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = std::fs::read_to_string(path).map_err(Error::io(path))?;
    serde_json::from_str(&text).map_err(Error::json(path))
}
