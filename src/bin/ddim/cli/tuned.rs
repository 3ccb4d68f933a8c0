//! The form of the step that `ddim tune` has found.

use std::path::{Path, PathBuf};

use clap::Args;
use ddim_wgpu::gpu::{Precision, SamplerOptions};
use ddim_wgpu::network::Model;
use ddim_wgpu::session::Backend;
use ddim_wgpu::tuning::TuningCache;
use ddim_wgpu::wgpu::Device;

use crate::exit::Failure;
use crate::inputs::read_text;
use crate::terminal::note;

/// Most bytes of a cache that are read.
const MOST: u64 = 16 << 20;

#[derive(Debug, Clone, Args)]
pub struct TunedArgument {
    /// Use the form of the step that `ddim tune` has found for this device, model and precision; FILE is
    /// the one that it was told to keep it in, if any. Samples may differ in their last bits from those
    /// without
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "")]
    pub tuned: Option<PathBuf>,
}

impl TunedArgument {
    /// What a session's sampler on `backend` is told.
    pub fn options(&self, backend: &Backend, model: &Model) -> Result<SamplerOptions, Failure> {
        let mut options = SamplerOptions::default();
        if self.tuned.is_some() {
            match backend.wgpu() {
                Some((device, _)) => self.apply(device, model, &mut options)?,
                None => note("--tuned: the native engine has one form of the step"),
            }
        }
        Ok(options)
    }

    /// Has a sampler on `device` take the form that was found, if it is wanted.
    pub fn apply(
        &self,
        device: &Device,
        model: &Model,
        options: &mut SamplerOptions,
    ) -> Result<(), Failure> {
        let Some(file) = &self.tuned else {
            return Ok(());
        };
        let path = cache_file(Some(file))?;
        let found = read_cache(&path)?.find(device, model, options.precision);
        let Some(choice) = found else {
            let precision = match options.precision {
                Precision::Single => "",
                Precision::Half => " --precision half",
            };
            return Err(Failure::usage(format_args!(
                "--tuned: {} has nothing of this device, model and version: run `ddim tune{precision}` with them first",
                path.display()
            )));
        };
        note(format_args!("tuned: {choice}"));
        choice.apply(options);
        Ok(())
    }
}

/// The file of a cache: `named`, or `ddim-wgpu/tuning.json` where this system keeps what can be made again.
pub fn cache_file(named: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(path) = named.filter(|path| !path.as_os_str().is_empty()) {
        return Ok(path.to_owned());
    }
    let of = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let home = || of("HOME").map(PathBuf::from);
    let folder = if cfg!(windows) {
        of("LOCALAPPDATA").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library/Caches"))
    } else {
        of("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| home().map(|home| home.join(".cache")))
    };
    let folder = folder
        .ok_or_else(|| Failure::usage("no folder for caches: HOME is not set; name a file"))?;
    Ok(folder.join("ddim-wgpu").join("tuning.json"))
}

/// What the file holds; nothing if there is none.
pub fn read_cache(path: &Path) -> Result<TuningCache, Failure> {
    if !path.exists() {
        return Ok(TuningCache::default());
    }
    let text = read_text(path, MOST, "a tuning cache")?;
    TuningCache::from_json(&text)
        .map_err(|error| Failure::bad_input(format_args!("{}: {error}", path.display())))
}
