//! Layers of choices, one over the other, and the recipe that they come to.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::choices::Choices;
use super::defaults::Facts;
use super::names::{Prediction, Weighting};
use super::sections::{DataRecipe, Recipe};
use crate::error::Error;

/// Choices so far.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    layers: Vec<Table>,
}

/// The tables and keys of a recipe file.
///
/// # Errors
/// [`Error::Recipe`] if it is no TOML.
pub fn read_file(path: &Path) -> Result<Table, Error> {
    let text = std::fs::read_to_string(path).map_err(Error::io(path))?;
    text.parse()
        .map_err(|error: toml::de::Error| Error::Recipe {
            path: path.to_owned(),
            reason: error.message().to_owned(),
        })
}

impl Layers {
    /// Lays a file's choices over those so far.
    pub fn file(&mut self, table: Table) -> &mut Self {
        self.layers.push(table);
        self
    }

    /// Lays options over those so far.
    ///
    /// # Errors
    /// If an option has a value that no recipe can hold.
    pub fn options(&mut self, choices: &Choices) -> Result<&mut Self, Error> {
        self.layers.push(table(choices)?);
        Ok(self)
    }

    /// The seed, where one was chosen.
    #[must_use]
    pub fn seed(&self) -> u64 {
        let seeds = self.layers.iter().rev();
        let mut seeds = seeds.filter_map(|layer| layer.get("training")?.get("seed")?.as_integer());
        seeds.next().map_or(0, |seed| seed as u64)
    }

    /// What is to be read.
    ///
    /// # Errors
    /// [`Error::Usage`] without data, or with a key that is none.
    pub fn data(&self) -> Result<DataRecipe, Error> {
        let mut all = Table::new();
        all.insert("held_out".into(), Value::Float(0.1));
        for layer in &self.layers {
            if let Some(Value::Table(data)) = layer.get("data") {
                lay(&mut all, data);
            }
        }
        if !all.contains_key("path") {
            return Err(Error::Usage(
                "nothing to learn from: give --data, or a --recipe with `path` under [data]".into(),
            ));
        }
        let recipe: DataRecipe = read(all, "data")?;
        if !(0.0..=0.5).contains(&recipe.held_out) {
            let held_out = recipe.held_out;
            let reason = format!("--held-out {held_out}: a share from 0 to 0.5");
            return Err(Error::Usage(reason));
        }
        Ok(recipe)
    }

    /// The whole recipe, by what the data are.
    ///
    /// # Errors
    /// [`Error::Usage`] for a key that is none, or a value that cannot be.
    pub fn recipe(&self, data: DataRecipe, facts: Facts) -> Result<Recipe, Error> {
        let mut all = Table::new();
        all.insert("network".into(), Value::Table(table(&facts.network())?));
        all.insert("noise".into(), Value::Table(table(&facts.noise())?));
        all.insert("training".into(), Value::Table(table(&facts.training())?));
        let mut epochs = None;
        for layer in &self.layers {
            let mut layer = layer.clone();
            layer.remove("data");
            if let Some(Value::Table(training)) = layer.get_mut("training") {
                let asked = |key: &str| training.contains_key(key);
                let steps = asked("max_train_steps");
                // A limit without a kind is the paper's.
                if asked("min_snr_gamma") && !asked("loss_weighting") {
                    training.insert("loss_weighting".into(), "min_snr".into());
                }
                let asked_epochs = training.remove("num_epochs");
                epochs = asked_epochs.or(epochs.filter(|_| !steps));
            }
            lay(&mut all, &layer);
        }
        let tenth = !self.chosen("training", "checkpointing_steps");
        all.insert("data".into(), Value::Table(table(&data)?));
        let mut recipe: Recipe = read(all, "recipe")?;
        let training = &mut recipe.training;
        if let Some(epochs) = epochs {
            let epochs = epochs
                .as_integer()
                .and_then(|epochs| usize::try_from(epochs).ok());
            let epochs =
                epochs.ok_or_else(|| Error::Usage("num_epochs is a whole number".into()))?;
            training.max_train_steps =
                epochs * facts.rows.div_ceil(training.train_batch_size.max(1));
        }
        if tenth {
            training.checkpointing_steps = (training.max_train_steps / 10).max(1);
        }
        recipe.check()?;
        Ok(recipe)
    }

    fn chosen(&self, section: &str, key: &str) -> bool {
        let mut layers = self.layers.iter();
        layers.any(|layer| {
            layer
                .get(section)
                .is_some_and(|section| section.get(key).is_some())
        })
    }
}

fn table(value: &impl Serialize) -> Result<Table, Error> {
    Table::try_from(value).map_err(|error| Error::Usage(error.to_string()))
}

fn read<T: DeserializeOwned>(all: Table, what: &str) -> Result<T, Error> {
    all.try_into()
        .map_err(|error: toml::de::Error| Error::Usage(format!("{what}: {}", error.message())))
}

/// Puts what `over` has in the place of what `all` has.
fn lay(all: &mut Table, over: &Table) {
    for (key, value) in over {
        match (all.get_mut(key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay(below, above),
            _ => {
                all.insert(key.clone(), value.clone());
            }
        }
    }
}

impl Recipe {
    fn check(&self) -> Result<(), Error> {
        let training = &self.training;
        let share = 0.0..1.0;
        let of_epsilon = self.noise.prediction_type == Prediction::Epsilon;
        let checks = [
            (
                !(of_epsilon && training.loss_weighting == Weighting::MinSnrPlusOne),
                "loss_weighting min_snr_plus_one is for prediction_type sample or v_prediction: of epsilon it has no bound",
            ),
            (training.train_batch_size > 0, "train_batch_size is above 0"),
            (training.max_train_steps > 0, "max_train_steps is above 0"),
            (
                training.checkpointing_steps > 0,
                "checkpointing_steps is above 0",
            ),
            (
                training.learning_rate.is_finite() && training.learning_rate > 0.0,
                "learning_rate is above 0",
            ),
            (
                share.contains(&training.class_dropout),
                "class_dropout is from 0 to below 1",
            ),
            (
                share.contains(&training.encoding_share),
                "encoding_share is from 0 to below 1",
            ),
            (
                training.encoding_weight >= 0.0,
                "encoding_weight is 0 or more",
            ),
            (
                share.contains(&training.ema_decay),
                "ema_decay is from 0 to below 1",
            ),
            (training.min_snr_gamma > 0.0, "min_snr_gamma is above 0"),
            (
                training.adam_weight_decay >= 0.0,
                "adam_weight_decay is 0 or more",
            ),
            (self.network.hidden_size > 0, "hidden_size is above 0"),
            (
                self.network.input_embedding.is_multiple_of(2),
                "input_embedding is even",
            ),
            (
                self.network.time_embedding.is_multiple_of(2) && self.network.time_embedding >= 4,
                "time_embedding is even, and 4 at least",
            ),
            (
                self.network.time_hidden_size > 0,
                "time_hidden_size is above 0",
            ),
        ];
        match checks.into_iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(Error::Usage(format!("in a recipe {rule}"))),
            None => Ok(()),
        }
    }

    /// The text of `recipe.toml`.
    ///
    /// # Errors
    /// If a value is none that TOML can hold.
    pub fn to_toml(&self) -> Result<String, Error> {
        toml::to_string(self).map_err(|error| Error::Usage(error.to_string()))
    }
}
