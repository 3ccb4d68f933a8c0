//! Which model.

use std::path::Path;

use clap::Args;
use ddim_wgpu::network::{Model, bundled_names};

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
