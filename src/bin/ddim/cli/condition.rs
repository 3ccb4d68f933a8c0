//! What samples are conditioned on beside a class.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use ddim_wgpu::network::Model;
use ddim_wgpu::output::RunParameters;

use crate::exit::Failure;
use crate::inputs::conditions::Conditions;

/// What samples are conditioned on beside a class.
#[derive(Debug, Args)]
pub struct ConditionArguments {
    /// A vector for each sample, [N, width] .npy: row i / K belongs to the
    /// sample of index i; repeatable
    #[arg(long = "condition", value_name = "NAME=FILE", value_parser = parse_condition)]
    conditions: Vec<(String, PathBuf)>,
    /// How many samples share a row of the conditions
    #[arg(long, value_name = "K", default_value = "1", requires = "conditions")]
    samples_per_condition: NonZeroUsize,
}

impl ConditionArguments {
    /// The conditions that are given, ready to be read.
    pub fn open(&self, model: &Model) -> Result<Conditions, Failure> {
        Conditions::open(&self.conditions, self.samples_per_condition, model)
    }

    pub fn record(&self, run: &mut RunParameters) {
        for (name, path) in &self.conditions {
            run.option("condition", format!("{name}={}", path.display()));
        }
        if self.samples_per_condition > NonZeroUsize::MIN {
            run.option("samples-per-condition", self.samples_per_condition.get());
        }
    }
}

fn parse_condition(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => {
            Ok((name.to_owned(), PathBuf::from(file)))
        }
        _ => Err("give the name of the condition and a file: NAME=FILE.npy".to_owned()),
    }
}
