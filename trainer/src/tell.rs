//! What is said on standard error.

use std::fmt::{self, Arguments};
use std::io::Write;
use std::time::Duration;

use ddim_train::data::Dataset;
use ddim_train::error::Error;
use ddim_train::recipe::Recipe;
use indicatif::{ProgressBar, ProgressStyle};

/// A line.
pub fn line(text: Arguments<'_>) {
    // Nobody may be reading.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// What will be trained, and on what.
///
/// # Errors
/// If the recipe has a value that cannot be shown.
pub fn plan(recipe: &Recipe, data: &Dataset) -> Result<(), Error> {
    let classes = data.num_classes();
    let classes = classes.map_or(String::new(), |classes| format!(", {classes} classes"));
    let width = data.condition_width();
    let conditions = if width > 0 {
        format!(", {width} conditions")
    } else {
        String::new()
    };
    line(format_args!(
        "data: {}, {} rows of {:?}{classes}{conditions}; {} to train on, {} held out",
        recipe.data.path.display(),
        data.train.rows + data.held_out.rows,
        data.sample_shape,
        data.train.rows,
        data.held_out.rows,
    ));
    let text = recipe.to_toml()?;
    let table: toml::Table = text.parse().expect("it was just written");
    for (name, section) in table.iter().filter(|(name, _)| *name != "data") {
        let keys = section.as_table().into_iter().flatten();
        let keys: Vec<String> = keys.map(|(key, value)| format!("{key} {value}")).collect();
        line(format_args!("{name}: {}", keys.join(", ").replace('"', "")));
    }
    Ok(())
}

/// A time as people say it.
pub struct Spoken(pub Duration);

impl fmt::Display for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
            (0, 0, _) => write!(f, "{:.1} s", self.0.as_secs_f64()),
            (0, minutes, seconds) => write!(f, "{minutes} min {seconds} s"),
            (hours, minutes, _) => write!(f, "{hours} h {minutes} min"),
        }
    }
}

/// A bar over the steps, on a terminal.
pub struct Bar(ProgressBar);

impl Bar {
    /// From `done` of `steps`.
    pub fn new(steps: usize, done: usize) -> Self {
        let style = ProgressStyle::with_template(
            "{wide_bar} {pos}/{len}  {msg}  {per_sec}, ETA {eta_precise}",
        )
        .expect("the template is a constant");
        let bar = ProgressBar::new(steps as u64).with_style(style);
        bar.set_position(done as u64);
        bar.reset_eta();
        Self(bar)
    }

    /// A step.
    pub fn step(&self) {
        self.0.inc(1);
    }

    /// What was last heard of the loss and the rate.
    pub fn message(&self, loss: f64, rate: f64) {
        self.0
            .set_message(format!("loss {loss:.4}, rate {rate:.1e}"));
    }

    /// A line that stays.
    pub fn line(&self, text: Arguments<'_>) {
        self.0.suspend(|| line(text));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
