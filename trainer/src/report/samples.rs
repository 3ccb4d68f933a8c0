//! Samples of a model directory, as its users get them.

use std::path::Path;

use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::network::Model;
use ddim_wgpu::{Backend, Batch, ClassChoice, Session};

use crate::data::Part;
use crate::error::Error;
use crate::network::CONDITION;

/// Steps of the plan that samples are made by.
pub const STEPS: usize = 50;

/// Seed of the samples that are shown and measured: the same at every checkpoint.
pub const SEED: u64 = 0;

/// Samples of a model directory: DDIM, η = 0, 50 steps, by the CPU engine.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampled {
    /// `[count, …sample_shape]`.
    pub values: Vec<f32>,
}

impl Sampled {
    /// `count` samples, of the classes and conditions of a part's rows, again and again.
    ///
    /// # Errors
    /// What the library says of the directory or the run.
    pub fn like(directory: &Path, count: usize, part: &Part) -> Result<Self, Error> {
        Self::of(directory, count, part.classes.clone(), part)
    }

    /// `count` samples, of class after class, and of the conditions of a part's rows.
    ///
    /// # Errors
    /// What the library says of the directory or the run.
    pub fn of_classes(directory: &Path, count: usize, part: &Part) -> Result<Self, Error> {
        Self::of(directory, count, None, part)
    }

    fn of(
        directory: &Path,
        count: usize,
        classes: Option<Vec<u32>>,
        part: &Part,
    ) -> Result<Self, Error> {
        let model = Model::load(directory).map_err(Error::sampler)?;
        let plan = Plan::ddim(model.scheduler())
            .steps(STEPS.min(model.scheduler().schedule.train_steps()));
        let plan = plan.build().map_err(Error::sampler)?;
        let backend = Backend::cpu().map_err(Error::sampler)?;
        let class = match (classes, model.num_classes()) {
            (Some(classes), Some(_)) => ClassChoice::Listed(classes),
            (None, Some(_)) => ClassChoice::Cyclic,
            (_, None) => ClassChoice::None,
        };
        let mut batch = Batch::new(count).seed(SEED).class(class);
        if let Some(conditions) = &part.conditions {
            let width = conditions.len() / part.rows;
            let values = conditions.iter().cycle().take(count * width).copied();
            batch = batch.condition(CONDITION, values.collect::<Vec<f32>>());
        }
        let session = Session::new(&backend, &model, &plan).map_err(Error::sampler)?;
        let samples = session.sample(&batch).map_err(Error::sampler)?;
        Ok(Self {
            values: samples.into_values(),
        })
    }
}
