//! The layer that makes calls fail: compiled, described to the loader, and asked for a fault.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::process;
use crate::workspace;

const NAME: &str = "VK_LAYER_DDIM_fault";

/// The compiled layer.
pub struct Layer {
    /// With its manifest.
    folder: PathBuf,
}

impl Layer {
    pub fn build(scratch: &Path) -> Result<Self, Failure> {
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
        Ok(Self { folder })
    }

    fn insert(&self, command: &mut Command) {
        command
            .env("VK_LAYER_PATH", &self.folder)
            .env("VK_INSTANCE_LAYERS", NAME)
            // Mesa's own layer takes an empty list of extensions apart when it cannot have them.
            .env("NODEVICE_SELECT", "1")
            // GL would open the same driver without the layer.
            .env("WGPU_BACKEND", "vulkan")
            .env_remove("DDIM_FAULT")
            .env_remove("DDIM_FAULT_LOG");
    }

    /// Writes a line to `log` for each call that could be made to fail.
    pub fn trace(&self, command: &mut Command, log: &Path) {
        self.insert(command);
        command.env("DDIM_FAULT_LOG", log);
    }

    /// Makes a call fail: `FUNCTION:N:RESULT`.
    pub fn inject(&self, command: &mut Command, fault: &str) {
        self.insert(command);
        command.env("DDIM_FAULT", fault);
    }
}
