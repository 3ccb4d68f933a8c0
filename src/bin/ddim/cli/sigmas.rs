//! `--sigmas`: the noise of every step, given.

use std::path::Path;

use clap::Args;
use ddim_wgpu::output::RunParameters;

use crate::exit::Failure;
use crate::inputs::{at, read_npy};

/// The noise of every step, given.
#[derive(Debug, Args)]
pub struct SigmasArgument {
    /// σ of every step of DDIM in the order run, in place of --eta: numbers, or a .npy of them
    #[arg(
        long,
        value_name = "S,…|FILE.npy",
        conflicts_with = "eta",
        allow_hyphen_values = true
    )]
    sigmas: Option<String>,
}

impl SigmasArgument {
    /// The numbers, if there are any.
    pub fn read(&self) -> Result<Option<Vec<f64>>, Failure> {
        let Some(text) = &self.sigmas else {
            return Ok(None);
        };
        let numbers: Result<Vec<f64>, _> = text.split(',').map(|s| s.trim().parse()).collect();
        if let Ok(numbers) = numbers {
            return Ok(Some(numbers));
        }
        let path = Path::new(text);
        if path.extension().is_none_or(|ending| ending != "npy") {
            return Err(Failure::usage(format_args!(
                "--sigmas {text}: give numbers, separated by commas, or a .npy of them"
            )));
        }
        let array = read_npy(path)?;
        match array.shape.as_slice() {
            [_] => Ok(Some(array.values.into_iter().map(f64::from).collect())),
            shape => {
                let problem = format!("shape {shape:?}, but sigmas are a list, [steps]");
                Err(at(path, problem))
            }
        }
    }

    pub fn is_given(&self) -> bool {
        self.sigmas.is_some()
    }

    pub fn record(&self, run: &mut RunParameters) {
        if let Some(sigmas) = &self.sigmas {
            run.option("sigmas", sigmas.as_str());
        }
    }
}
