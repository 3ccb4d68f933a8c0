//! How a network was trained and how it is meant to be sampled.

use std::str::FromStr;

use ddim_wgpu::diffusion::{
    self, Clipping, EncodeConvention, FinalLevel, PlanBuilder, PredictionType, SamplerKind, Spacing,
};
use numpy::PyArray1;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::told;
use crate::plan::Plan;

/// A noise schedule, and how its network is meant to be sampled.
#[pyclass(frozen, module = "ddim_wgpu._native")]
pub struct SchedulerConfig {
    pub inner: diffusion::SchedulerConfig,
}

/// Which levels a run visits, and what it does otherwise than its scheduler says.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Grid {
    steps: Option<usize>,
    spacing: Option<String>,
    timesteps: Option<Vec<usize>>,
    /// Share of the steps to run.
    strength: Option<f64>,
    /// `"none"`, or a range as text.
    clip: Option<String>,
    final_level: Option<String>,
    rederive_epsilon: Option<bool>,
    clip_noise: Option<f64>,
    clip_epsilon: Option<f64>,
    clip_final: Option<f64>,
}

#[pymethods]
impl SchedulerConfig {
    /// Reads the text of diffusers' `scheduler_config.json`; gives the warnings too.
    #[staticmethod]
    pub fn from_json(text: &str) -> PyResult<(Self, Vec<String>)> {
        let (inner, warnings) = told(diffusion::SchedulerConfig::from_json(text))?;
        Ok((Self { inner }, warnings))
    }

    /// A plan of sampling.
    fn sampling(
        &self,
        sampler: &str,
        eta: Option<f64>,
        sigmas: Option<Vec<f64>>,
        grid: Grid,
    ) -> PyResult<Plan> {
        let config = grid.overridden(self.inner.clone())?;
        let mut builder = diffusion::Plan::sampler(config, named::<SamplerKind>(sampler)?);
        if let Some(eta) = eta {
            builder = builder.eta(eta);
        }
        if let Some(sigmas) = sigmas {
            builder = builder.sigmas(sigmas);
        }
        grid.build(builder, self.inner.schedule.train_steps())
    }

    /// A plan that encodes data; `convention` is `paper` or `diffusers`.
    fn encoding(&self, convention: &str, grid: Grid) -> PyResult<Plan> {
        let config = grid.overridden(self.for_encoding(&grid))?;
        let builder = diffusion::Plan::encode(config, named::<EncodeConvention>(convention)?);
        grid.build(builder, self.inner.schedule.train_steps())
    }

    /// The plan of sampling that encoding by fixed point inverts: without noise and clipping.
    fn inverting(&self, grid: Grid) -> PyResult<Plan> {
        let mut config = grid.overridden(self.for_encoding(&grid))?;
        if grid.clip.is_none() {
            config.clipping = Clipping::None;
        }
        let builder = diffusion::Plan::ddim(config);
        grid.build(builder, self.inner.schedule.train_steps())
    }

    /// ᾱ of every training level, float64.
    #[getter]
    fn alphas_cumprod<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        let levels = self.inner.schedule.levels().iter();
        PyArray1::from_iter(py, levels.map(|level| level.alpha_bar()))
    }

    #[getter]
    fn train_steps(&self) -> usize {
        self.inner.schedule.train_steps()
    }

    #[getter]
    fn prediction_type(&self) -> &'static str {
        self.inner.prediction.name()
    }
}

impl SchedulerConfig {
    /// The configuration that data are encoded by, unless a final level is asked for.
    ///
    /// A network that predicts the data says nothing of the noise in data without any: there the
    /// data are taken to be at the first training level, as `ddim encode` does.
    fn for_encoding(&self, grid: &Grid) -> diffusion::SchedulerConfig {
        let mut config = self.inner.clone();
        if config.prediction == PredictionType::Sample && grid.final_level.is_none() {
            config.final_level = FinalLevel::First;
        }
        config
    }
}

impl Grid {
    /// A configuration with what is asked for otherwise.
    fn overridden(
        &self,
        mut config: diffusion::SchedulerConfig,
    ) -> PyResult<diffusion::SchedulerConfig> {
        match self.clip.as_deref() {
            None => {}
            Some("none") => config.clipping = Clipping::None,
            Some(range) => {
                let range = range.parse();
                config.clipping = Clipping::Range(range.map_err(|_| not_a_range())?);
            }
        }
        match self.final_level.as_deref() {
            None => {}
            Some("one") => config.final_level = FinalLevel::One,
            Some("first") => config.final_level = FinalLevel::First,
            Some(name) => {
                let message = format!("no final level {name:?}: expected one, first");
                return Err(PyValueError::new_err(message));
            }
        }
        Ok(config)
    }

    fn build(&self, mut builder: PlanBuilder, train_steps: usize) -> PyResult<Plan> {
        if let Some(steps) = self.steps {
            builder = builder.steps(steps);
        }
        if let Some(spacing) = &self.spacing {
            builder = builder.spacing(named::<Spacing>(spacing)?);
        }
        if let Some(timesteps) = &self.timesteps {
            builder = builder.timesteps(timesteps.as_slice());
        }
        if let Some(rederive) = self.rederive_epsilon {
            builder = builder.rederive_epsilon(rederive);
        }
        if let Some(limit) = self.clip_noise {
            builder = builder.clip_noise(limit);
        }
        if let Some(limit) = self.clip_epsilon {
            builder = builder.clip_epsilon(limit);
        }
        if let Some(limit) = self.clip_final {
            builder = builder.clip_final(limit);
        }
        if let Some(strength) = self.strength {
            let given = self.timesteps.as_ref().map(Vec::len).or(self.steps);
            builder = builder.skip(skipped(strength, given.unwrap_or(50.min(train_steps)))?);
        }
        Ok(Plan {
            inner: told(builder.build())?,
        })
    }
}

/// How many of the first of `steps` steps image-to-image leaves out, as `ddim sample --strength`.
fn skipped(strength: f64, steps: usize) -> PyResult<usize> {
    if !(strength > 0.0 && strength <= 1.0) {
        let message = format!("strength {strength}: it must be above 0 and at most 1");
        return Err(PyValueError::new_err(message));
    }
    // Rounded down as in diffusers, but 0.58 of 50 steps are 29 in binary too.
    let run = (steps as f64 * strength + 1e-9) as usize;
    if run == 0 {
        let message = format!("strength {strength} of {steps} steps leaves none to run");
        return Err(PyValueError::new_err(message));
    }
    Ok(steps - run.min(steps))
}

fn not_a_range() -> PyErr {
    PyValueError::new_err("clip must be a range above 0, or \"none\"")
}

fn named<T: FromStr<Err = diffusion::UnknownName>>(name: &str) -> PyResult<T> {
    name.parse()
        .map_err(|error: diffusion::UnknownName| PyValueError::new_err(error.to_string()))
}
