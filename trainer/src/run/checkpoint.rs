//! Everything a run needs to go on where it stopped, whole or not at all.

use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::optim::ModuleOptimizer;
use burn::store::RecordError;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::network::{Network, Storage, Weights, write, write_json};
use crate::recipe::Recipe;

/// The numbers of a run so far. Randomness needs none: every step has streams of its own.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Progress {
    /// Steps done.
    pub step: usize,
    /// Seconds spent, over all resumptions.
    pub seconds: f64,
    /// SHA-256 of the data.
    pub data: String,
    /// Steps done, and the mean loss since the entry before.
    pub losses: Vec<(usize, f64)>,
}

/// The checkpoints beside a model directory: `<model>.checkpoint/step-00001000/`.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    directory: PathBuf,
}

/// A checkpoint's folder until it is whole.
const UNFINISHED: &str = "unfinished";

impl Checkpoints {
    /// Those of the model directory `output`.
    #[must_use]
    pub fn beside(output: &Path) -> Self {
        let mut name = output.as_os_str().to_owned();
        name.push(".checkpoint");
        Self {
            directory: name.into(),
        }
    }

    /// Their folder.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The last whole one.
    #[must_use]
    pub fn last(&self) -> Option<PathBuf> {
        self.whole().pop()
    }

    fn whole(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&self.directory).into_iter().flatten();
        let paths = entries.flatten().map(|entry| entry.path());
        let is_step = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("step-")
        };
        let mut paths: Vec<PathBuf> = paths.filter(is_step).collect();
        paths.sort();
        paths
    }

    /// The recipe of the run.
    ///
    /// # Errors
    /// Where there is none.
    pub fn recipe(checkpoint: &Path) -> Result<toml::Table, Error> {
        crate::recipe::read_file(&checkpoint.join("recipe.toml"))
    }

    /// Saves a run under another name, renames it when all of it is there, and then takes those
    /// before it away.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn save(
        &self,
        recipe: &Recipe,
        network: &Network,
        optimizer: &ModuleOptimizer,
        average: &Weights,
        progress: &Progress,
    ) -> Result<(), Error> {
        let record = |error: RecordError| Error::Record(error.to_string());
        let before = self.whole();
        let part = self.directory.join(UNFINISHED);
        if part.exists() {
            std::fs::remove_dir_all(&part).map_err(Error::io(&part))?;
        }
        std::fs::create_dir_all(&part).map_err(Error::io(&part))?;
        let file = |name: &str| part.join(name);
        network
            .clone()
            .save_file(file("network.bpk"))
            .map_err(record)?;
        optimizer.save(file("optimizer.bpk")).map_err(record)?;
        average.save(&file("average.safetensors"), Storage::F32)?;
        write_json(&file("progress.json"), progress)?;
        write(&file("recipe.toml"), recipe.to_toml()?.as_bytes())?;
        let whole = self.directory.join(format!("step-{:08}", progress.step));
        if whole.exists() {
            std::fs::remove_dir_all(&whole).map_err(Error::io(&whole))?;
        }
        std::fs::rename(&part, &whole).map_err(Error::io(&whole))?;
        for old in before.iter().filter(|old| **old != whole) {
            std::fs::remove_dir_all(old).map_err(Error::io(old))?;
        }
        Ok(())
    }

    /// Loads what [`save`](Self::save) saved into a fresh network and optimiser.
    ///
    /// # Errors
    /// Where it is none.
    pub fn load(
        checkpoint: &Path,
        network: Network,
        optimizer: ModuleOptimizer,
    ) -> Result<(Network, ModuleOptimizer, Weights, Progress), Error> {
        let record = |error: RecordError| Error::Record(error.to_string());
        let file = |name: &str| checkpoint.join(name);
        let network = network.try_load_file(file("network.bpk")).map_err(record)?;
        let optimizer = optimizer.load(file("optimizer.bpk")).map_err(record)?;
        let average = Weights::load(&file("average.safetensors"))?;
        Ok((network, optimizer, average, Self::progress(checkpoint)?))
    }

    /// The numbers of a checkpoint.
    ///
    /// # Errors
    /// Where it is none.
    pub fn progress(checkpoint: &Path) -> Result<Progress, Error> {
        let path = checkpoint.join("progress.json");
        let text = std::fs::read_to_string(&path).map_err(Error::io(&path))?;
        serde_json::from_str(&text).map_err(Error::json(&path))
    }
}
