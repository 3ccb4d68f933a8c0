//! What samples are conditioned on beside a class.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use ddim_wgpu::Batch;
use ddim_wgpu::network::Model;
use ddim_wgpu::output::RunParameters;
use ddim_wgpu::output::npy::NpyArray;

use crate::exit::Failure;

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
    /// The batch with the conditions that are given.
    pub fn apply(&self, mut batch: Batch, model: &Model) -> Result<Batch, Failure> {
        for (name, path) in &self.conditions {
            let wrong = |problem: &dyn std::fmt::Display| {
                Failure::bad_input(format_args!("{}: {problem}", path.display()))
            };
            let array = NpyArray::open(path).map_err(|error| wrong(&error))?;
            let input = model.inputs().iter().find(|input| input.name == *name);
            if let Some(input) = input
                && !matches!(array.shape.as_slice(), &[_, width] if width == input.width)
            {
                let (found, width) = (&array.shape, input.width);
                return Err(wrong(&format_args!(
                    "shape {found:?}, but the condition `{name}` needs [N, {width}]"
                )));
            }
            batch = batch.condition(name.as_str(), array.values);
        }
        Ok(batch.samples_per_condition(self.samples_per_condition))
    }

    /// How many samples the conditions are for, where there are any: those of the
    /// file with the fewest rows.
    pub fn count(&self, batch: &Batch, model: &Model) -> Option<usize> {
        let rows = batch.conditions.iter().filter_map(|condition| {
            let mut inputs = model.inputs().iter();
            let input = inputs.find(|input| input.name == condition.name)?;
            Some(condition.values.len() / input.width)
        });
        Some(rows.min()?.saturating_mul(self.samples_per_condition.get()))
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
