//! How a model is trained: what was chosen, and what follows from the data for the rest.
//!
//! Three layers, each over the one before: defaults from the data → a recipe file → options. The
//! keys of a file are the options' names.

mod choices;
mod defaults;
mod layers;
mod names;
mod sections;

pub use choices::{Choices, DataChoices, NetworkChoices, NoiseChoices, TrainingChoices};
pub use defaults::Facts;
pub use layers::{Layers, read_file};
pub use names::{Activation, BetaSchedule, Normalize, Prediction, Spacing, Weighting};
pub use sections::{AugmentRecipe, DataRecipe, NetworkRecipe, NoiseRecipe, Recipe, TrainingRecipe};
