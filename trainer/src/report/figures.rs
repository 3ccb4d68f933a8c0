//! How good a model is, beside how good data are.

use std::path::Path;

use burn::tensor::Device;
use ddim_wgpu::metrics::sliced_wasserstein;

use super::columns::{ColumnFigures, compare};
use super::copies::Copies;
use super::samples::Sampled;
use super::show::write_npy;
use crate::data::{Batch, Dataset, Part};
use crate::error::Error;
use crate::network::{ModelConfig, Network, SchedulerConfig, Weights, values};
use crate::recipe::TrainingRecipe;
use crate::run::{Noised, Objective};
use crate::stream::{Purpose, Stream};

/// Directions of the sliced distance.
const DIRECTIONS: usize = 128;

/// Parts of the noise levels that errors are told for.
const LEVELS: usize = 5;

/// Rows that an error is measured on.
const ROWS: usize = 500;

/// Most samples that columns are compared by.
const MOST: usize = 5000;

/// Figures of a model against rows that it was not trained on.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Rows held out.
    pub rows: usize,
    /// The sliced Wasserstein distance of as many samples from the rows held out, and of as many
    /// rows trained on; of tables.
    pub sliced: Option<(f64, f64)>,
    /// Timestep, mean squared error on rows held out, and on as many trained on; of pictures.
    pub errors: Vec<(usize, f64, f64)>,
    /// Columns of the rows trained on beside those of as many samples, up to 5,000; of tables.
    pub columns: Vec<ColumnFigures>,
    /// How near samples are to the rows trained on.
    pub copies: Copies,
}

impl Figures {
    /// Measures the model in `directory`; `None` where nothing is held out.
    ///
    /// # Errors
    /// What the library says of the model.
    pub fn measure(
        directory: &Path,
        data: &Dataset,
        training: &TrainingRecipe,
        (model, scheduler, weights): (&ModelConfig, &SchedulerConfig, &Weights),
    ) -> Result<Option<Self>, Error> {
        let held_out = &data.held_out;
        if held_out.rows == 0 {
            return Ok(None);
        }
        let count = if data.has_pictures() {
            held_out.rows.min(256)
        } else {
            held_out.rows
        };
        let samples = Sampled::like(directory, count, held_out)?.values;
        let sliced = (!data.has_pictures()).then(|| distances(&samples, data));
        let errors = if data.has_pictures() {
            let device = Device::flex();
            let network = Network::new(model, weights, &device)?;
            let objective = Objective::new(model, scheduler, training, data.scaling(), &device)?;
            let levels = scheduler.num_train_timesteps;
            let part = |index: usize| (2 * index + 1) * levels / (2 * LEVELS);
            let error = |part: &Part, level| error(&network, &objective, part, data.dims(), level);
            let of_level = |level| (level, error(held_out, level), error(&data.train, level));
            (0..LEVELS).map(part).map(of_level).collect()
        } else {
            Vec::new()
        };
        let mut columns = Vec::new();
        if !data.config.columns.is_empty() {
            let rows = data.train.rows.min(MOST);
            let samples = Sampled::like(directory, rows, &data.train)?.values;
            columns = compare(&data.config.columns, &data.train.values, &samples);
        }
        let copies = Copies::measure(&samples, &held_out.values, &data.train.values, data.dims());
        Ok(Some(Self {
            rows: held_out.rows,
            sliced,
            errors,
            columns,
            copies,
        }))
    }

    /// Writes the rows held out as `reference.npy`, which `ddim evaluate` compares with, and their
    /// conditions as `reference-conditions.npy`.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write_reference(directory: &Path, data: &Dataset) -> Result<(), Error> {
        if data.held_out.rows == 0 {
            return Ok(());
        }
        let rows = data.held_out.rows;
        let shape = [&[rows], &*data.sample_shape].concat();
        let path = directory.join("reference.npy");
        write_npy(&path, &shape, &data.held_out.values)?;
        if let Some(conditions) = &data.held_out.conditions {
            let path = directory.join("reference-conditions.npy");
            write_npy(&path, &[rows, conditions.len() / rows], conditions)?;
        }
        Ok(())
    }
}

/// Of samples from the rows held out, and of rows trained on.
fn distances(samples: &[f32], data: &Dataset) -> (f64, f64) {
    let held_out = &data.held_out.values;
    // From all over the data, which may be sorted.
    let rows = data.held_out.rows.min(data.train.rows);
    let row = |index: usize| index * data.train.rows / rows * data.dims();
    let trained = (0..rows).flat_map(|index| &data.train.values[row(index)..][..data.dims()]);
    let trained: Vec<f32> = trained.copied().collect();
    let distance = |rows: &[f32]| sliced_wasserstein(rows, held_out, data.dims(), DIRECTIONS, 0);
    (distance(samples), distance(&trained))
}

/// The mean squared error of the first rows of a part at a level.
fn error(network: &Network, objective: &Objective, part: &Part, dims: usize, level: usize) -> f64 {
    let rows = part.rows.min(ROWS);
    let mut random = Stream::new(0, Purpose::Measure, level as u64);
    let batch = Batch {
        values: part.values[..rows * dims].to_vec(),
        rows,
        ..Batch::default()
    };
    let classes = part.classes.as_ref();
    let noised = Noised {
        noise: batch.values.iter().map(|_| random.normal()).collect(),
        x0: batch.values,
        timesteps: vec![level; rows],
        weights: vec![1.0; rows],
        classes: (0..rows)
            .map(|row| classes.map(|classes| classes[row]))
            .collect(),
        conditions: part.conditions.as_ref().map_or_else(Vec::new, |of| {
            objective.scaled(&of[..rows * (of.len() / part.rows)])
        }),
    };
    f64::from(values(objective.error(network, &noised))[0])
}
