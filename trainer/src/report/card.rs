//! The model's card: what it is, how it was made, how good it is.

use std::fmt::Write;
use std::path::Path;

use ddim_wgpu::network::TableColumn;

use super::columns;
use super::figures::Figures;
use crate::data::Dataset;
use crate::error::Error;
use crate::network::{CONDITION, ModelConfig, write as write_file};
use crate::recipe::Recipe;
use crate::run::Progress;

/// What a card is made of.
#[derive(Debug)]
pub struct Card<'a> {
    /// How it was trained.
    pub recipe: &'a Recipe,
    /// On what.
    pub data: &'a Dataset,
    /// Its network.
    pub model: &'a ModelConfig,
    /// How far it is.
    pub progress: &'a Progress,
    /// How good it is.
    pub figures: Option<&'a Figures>,
    /// The command line.
    pub command: &'a str,
    /// What computed.
    pub device: &'a str,
}

/// Writes `README.md`.
///
/// # Errors
/// Those of the file system.
pub fn write(directory: &Path, card: &Card<'_>) -> Result<(), Error> {
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    write_file(&directory.join("README.md"), card.text(&name).as_bytes())
}

impl Card<'_> {
    fn text(&self, name: &str) -> String {
        let mut text = format!("# {name}\n\n![Samples](samples.png)\n\n");
        self.table(&mut text);
        self.columns(&mut text);
        let _ = write!(
            text,
            "\n## How it was trained\n\n```sh\n{}\n```\n\n{} of {} steps in {:.0} s on {}. What was chosen and what followed from\nthe data is in [recipe.toml](recipe.toml).\n",
            self.command,
            self.progress.step,
            self.recipe.training.max_train_steps,
            self.progress.seconds,
            self.device,
        );
        self.losses(&mut text);
        self.figures(&mut text);
        text
    }

    fn table(&self, text: &mut String) {
        let parameters: usize = self
            .model
            .tensors()
            .iter()
            .map(|(_, shape, _)| shape.iter().product::<usize>())
            .sum();
        let noise = &self.recipe.noise;
        let training = &self.recipe.training;
        let data = &self.recipe.data.path;
        let of_data = format!(
            "`{}`, {} rows of {:?}, {} of them held out, SHA-256 `{}`",
            data.file_name().unwrap_or_default().to_string_lossy(),
            self.data.train.rows + self.data.held_out.rows,
            self.data.sample_shape,
            self.data.held_out.rows,
            self.data.hash,
        );
        let network = format!(
            "residual MLP {} → [{}] × {} → {}, {parameters} parameters",
            self.model.features(),
            self.model.hidden_size,
            self.model.num_blocks,
            self.model.dims(),
        );
        let predicts = format!(
            "{:?}, under {} levels of {:?} noise",
            noise.prediction_type, noise.num_train_timesteps, noise.beta_schedule
        );
        let rows = [
            ("Network", network),
            ("Predicts", predicts.to_lowercase()),
            ("Data", of_data),
            (
                "Training",
                format!(
                    "{} rows a step, learning rate {}, average {}, seed {}",
                    training.train_batch_size,
                    training.learning_rate,
                    training.ema_decay,
                    training.seed
                ),
            ),
        ];
        text.push_str("| | |\n|---|---|\n");
        for (fact, what) in rows {
            let _ = writeln!(text, "| {fact} | {what} |");
        }
        if let Some((names, _)) = &self.data.conditions {
            let names: Vec<String> = names.iter().map(|name| cell(name)).collect();
            let names = names.join(", ");
            let _ = writeln!(text, "| Conditions | `{CONDITION}`: {names} |");
        }
        if let Some(class) = &self.data.config.class {
            let names: Vec<String> = class
                .values
                .iter()
                .take(20)
                .map(|name| cell(name))
                .collect();
            let more = class.values.len().saturating_sub(20);
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            let name = cell(&class.name);
            let _ = writeln!(text, "| Classes | {name}: {}{more} |", names.join(", "));
        }
    }

    fn columns(&self, text: &mut String) {
        let columns = &self.data.config.columns;
        if columns.is_empty() {
            return;
        }
        let names = columns.iter().map(|column| match column {
            TableColumn::Category { name, values } => {
                format!("`{}` ({} texts)", cell(name), values.len())
            }
            other => format!("`{}`", cell(other.name())),
        });
        let names: Vec<String> = names.collect();
        let _ = write!(
            text,
            "\nColumns: {}. `ddim sample --output rows.csv` gives them in the data's units.\n",
            names.join(", ")
        );
    }

    /// About ten of the losses.
    fn losses(&self, text: &mut String) {
        let losses = &self.progress.losses;
        if losses.is_empty() {
            return;
        }
        let every = losses.len().div_ceil(10);
        let shown: Vec<&(usize, f64)> = losses
            .iter()
            .rev()
            .step_by(every)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let steps = shown.iter().map(|(step, _)| step.to_string());
        let values = shown.iter().map(|(_, loss)| format!("{loss:.4}"));
        text.push('\n');
        text.push_str(&row(std::iter::once("step".to_owned())
            .chain(steps)
            .collect()));
        text.push_str(&row(vec!["---".to_owned(); shown.len() + 1]));
        text.push_str(&row(std::iter::once("loss".to_owned())
            .chain(values)
            .collect()));
    }

    fn figures(&self, text: &mut String) {
        let Some(figures) = self.figures else {
            return;
        };
        let _ = write!(
            text,
            "\n## How good it is\n\nAgainst {} rows that it was not trained on; samples by DDIM, η = 0, 50 steps, seed 0.\n",
            figures.rows
        );
        if let Some((samples, data)) = figures.sliced {
            let _ = write!(
                text,
                "\nSliced Wasserstein distance, scaled data: {samples:.4}; of as many rows trained on: {data:.4}.\n"
            );
        }
        if !figures.errors.is_empty() {
            text.push_str("\n| timestep | error, held out | error, trained on |\n|---|---|---|\n");
            for (level, held_out, trained) in &figures.errors {
                let _ = writeln!(text, "| {level} | {held_out:.4} | {trained:.4} |");
            }
        }
        if !figures.columns.is_empty() {
            columns::write(text, &figures.columns);
        }
        let copies = figures.copies;
        let _ = write!(
            text,
            "\nMedian distance to the nearest row trained on: of samples {:.4}, of rows held out {:.4}{}.\n",
            copies.samples,
            copies.held_out,
            if copies.found() {
                ": **samples are copies of training data**"
            } else {
                ""
            }
        );
    }
}

/// A name in a cell of a table.
pub(super) fn cell(name: &str) -> String {
    name.replace('|', "\\|").replace(['\n', '\r'], " ")
}
