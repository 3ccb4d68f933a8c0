//! Everything a run needs to go on where it stopped.

use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::optim::ModuleOptimizer;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::network::Network;
use crate::weights::{Storage, Weights};

/// The numbers of a run so far. Randomness needs none: each step seeds its own generator.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub(crate) seed: u64,
    pub(crate) epochs: usize,
    pub(crate) epochs_done: usize,
    /// Mean training loss of each epoch done.
    pub(crate) losses: Vec<f64>,
    /// Seconds spent, over all resumptions.
    pub(crate) seconds: f64,
}

/// The directory a run keeps its state in.
#[derive(Debug, Clone)]
pub(crate) struct Checkpoint {
    directory: PathBuf,
}

impl Checkpoint {
    /// The checkpoint beside the model directory `output`: `<output>.checkpoint`.
    pub(crate) fn beside(output: &Path) -> Self {
        let mut name = output.as_os_str().to_owned();
        name.push(".checkpoint");
        Self {
            directory: name.into(),
        }
    }

    /// Saves network, optimiser, average and progress; `progress.json` last and by renaming.
    pub(crate) fn save(
        &self,
        network: &Network,
        optimizer: &ModuleOptimizer,
        average: &Weights,
        progress: &Progress,
    ) -> Result<(), Error> {
        let record = |error: burn::store::RecordError| Error::Record(error.to_string());
        std::fs::create_dir_all(&self.directory).map_err(Error::io(&self.directory))?;
        network
            .clone()
            .save_file(self.path("network.bpk"))
            .map_err(record)?;
        optimizer.save(self.path("optimizer.bpk")).map_err(record)?;
        average.save(&self.path("average.safetensors"), Storage::F32)?;
        let (path, temporary) = (self.path("progress.json"), self.path("progress.json.part"));
        let text = serde_json::to_string_pretty(progress).map_err(Error::json(&path))?;
        std::fs::write(&temporary, text).map_err(Error::io(&temporary))?;
        std::fs::rename(&temporary, &path).map_err(Error::io(&path))
    }

    /// Loads what [`Checkpoint::save`] saved into a fresh network and optimiser.
    pub(crate) fn load(
        &self,
        network: Network,
        optimizer: ModuleOptimizer,
    ) -> Result<(Network, ModuleOptimizer, Weights, Progress), Error> {
        let record = |error: burn::store::RecordError| Error::Record(error.to_string());
        let path = self.path("progress.json");
        let text = std::fs::read_to_string(&path).map_err(Error::io(&path))?;
        let progress = serde_json::from_str(&text).map_err(Error::json(&path))?;
        let network = network
            .try_load_file(self.path("network.bpk"))
            .map_err(record)?;
        let optimizer = optimizer.load(self.path("optimizer.bpk")).map_err(record)?;
        let average = Weights::load(&self.path("average.safetensors"))?;
        Ok((network, optimizer, average, progress))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}
