//! The layer that makes calls fail: compiled, described to the loader, and asked for a fault.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::drivers::Driver;
use crate::failure::Failure;
use crate::files;
use crate::process;
use crate::workspace;

const NAME: &str = "VK_LAYER_DDIM_fault";

/// The compiled layer.
pub struct Layer {
    /// With its manifest.
    folder: PathBuf,
    driver: Driver,
    /// Where a driver that is not installed is unpacked.
    drivers: PathBuf,
}

impl Layer {
    pub fn build(scratch: &Path, driver: Driver) -> Result<Self, Failure> {
        let folder = scratch.join("layer");
        fs::create_dir_all(&folder).map_err(|error| Failure::new(error.to_string()))?;
        let library = folder.join("libddim_fault.so");
        let source = workspace::root().join("scripts/faults/layer.rs");
        let mut rustc = Command::new("rustc");
        rustc.args(["--edition", "2024", "--crate-type", "cdylib", "-O", "-o"]);
        process::checked(rustc.arg(&library).arg(source))?;
        let manifest = format!(
            r#"{{"file_format_version": "1.1.2", "layer": {{"name": "{NAME}", "type": "GLOBAL",
"library_path": "{}", "api_version": "1.3.0", "implementation_version": "1",
"description": "Makes one call fail"}}}}"#,
            library.display()
        );
        fs::write(folder.join("ddim_fault.json"), manifest)
            .map_err(|error| Failure::new(error.to_string()))?;
        let drivers = workspace::target().join("drivers");
        files::make_folder(&drivers)?;
        Ok(Self {
            folder,
            driver,
            drivers,
        })
    }

    fn insert(&self, command: &mut Command) -> Result<(), Failure> {
        self.driver
            .choose(command, &self.drivers)
            .map_err(Failure::new)?;
        command
            .env("VK_LAYER_PATH", &self.folder)
            .env("VK_INSTANCE_LAYERS", NAME)
            // Mesa's own layer takes an empty list of extensions apart when it cannot have them.
            .env("NODEVICE_SELECT", "1")
            .env_remove("DDIM_FAULT")
            .env_remove("DDIM_FAULT_LOG");
        Ok(())
    }

    /// Writes a line to `log` for each call that could be made to fail.
    pub fn trace(&self, command: &mut Command, log: &Path) -> Result<(), Failure> {
        self.insert(command)?;
        command.env("DDIM_FAULT_LOG", log);
        Ok(())
    }

    /// Makes a call fail: `FUNCTION:N:RESULT`.
    pub fn inject(&self, command: &mut Command, fault: &str) -> Result<(), Failure> {
        self.insert(command)?;
        command.env("DDIM_FAULT", fault);
        Ok(())
    }
}
