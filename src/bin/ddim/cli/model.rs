//! Which model.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use ddim_wgpu::network::{Model, bundled_names};
use ddim_wgpu::output::RunParameters;
use sha2::{Digest, Sha256};

use crate::exit::Failure;
use crate::terminal::warn;

/// Which model.
#[derive(Debug, Args)]
pub struct ModelArguments {
    /// A compiled-in model, or a directory with config.json, scheduler_config.json and
    /// model.safetensors
    #[arg(long, value_name = "NAME|DIR", default_value = DEFAULT_MODEL)]
    pub model: String,
}

pub const DEFAULT_MODEL: &str = "digits";

impl ModelArguments {
    pub fn load(&self) -> Result<Model, Failure> {
        load_model(&self.model)
    }

    /// Records what the model is by its contents, for samples that are continued by others: its
    /// files may lie elsewhere there, or be others under the same name.
    pub fn record_contents(&self, run: &mut RunParameters) -> Result<(), Failure> {
        run.fact("model_contents", contents(&self.model)?);
        Ok(())
    }
}

/// SHA-256 of a model's configuration and weights; of a compiled-in model its name and version.
fn contents(name: &str) -> Result<String, Failure> {
    if bundled_names().contains(&name) {
        return Ok(format!("{name} of {}", env!("CARGO_PKG_VERSION")));
    }
    let failed = |error: io::Error| Failure::bad_input(format_args!("{name}: {error}"));
    let mut files: Vec<PathBuf> = fs::read_dir(name)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .map_err(failed)?;
    files.retain(|path| {
        let extension = path.extension().unwrap_or_default();
        extension == "json" || extension == "safetensors"
    });
    files.sort();
    let mut hash = Sha256::new();
    for path in files {
        let length = path.metadata().map_err(failed)?.len();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        hash.update(format!("{name} {length}\n"));
        let mut file = File::open(&path).map_err(failed)?;
        io::copy(&mut file, &mut hash).map_err(failed)?;
    }
    let hash = hash.finalize();
    Ok(hash.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Loads a compiled-in model or a directory, and passes its warnings on.
///
/// A compiled-in name means that model whatever lies in the current directory; `./name` means the
/// directory.
pub fn load_model(name: &str) -> Result<Model, Failure> {
    let names = bundled_names();
    let model = if names.contains(&name) {
        Model::bundled(name)?
    } else if Path::new(name).exists() {
        Model::load(name)?
    } else {
        let names = if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        };
        return Err(Failure::bad_input(format_args!(
            "no model `{name}`: there is no such directory, and compiled in are: {names}"
        )));
    };
    for warning in model.warnings() {
        warn(warning);
    }
    Ok(model)
}
