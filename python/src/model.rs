//! Models.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ddim_wgpu::network;
use pyo3::prelude::*;

use crate::errors::{ModelError, told};
use crate::process::without_gil;
use crate::scheduler::SchedulerConfig;

/// A network with its weights and the scheduler it was trained for.
#[pyclass(frozen, module = "ddim_wgpu._native")]
pub struct Model {
    pub inner: Arc<network::Model>,
}

#[pymethods]
impl Model {
    /// Reads a bundled model, by its name, or a model directory.
    #[staticmethod]
    fn load(py: Python<'_>, name_or_directory: PathBuf) -> PyResult<Self> {
        without_gil(py, || {
            let bundled = name_or_directory
                .to_str()
                .filter(|name| network::bundled_names().contains(name));
            let model = match bundled {
                Some(name) => network::Model::bundled(name),
                None if name_or_directory.exists() => network::Model::load(&name_or_directory),
                None => return Err(no_such_model(&name_or_directory)),
            };
            Ok(Self {
                inner: Arc::new(told(model)?),
            })
        })
    }

    /// Reads the text of diffusers' `scheduler_config.json`, for this model in place of its
    /// own; gives the warnings too.
    fn scheduler_from_json(&self, text: &str) -> PyResult<(SchedulerConfig, Vec<String>)> {
        let (mut scheduler, warnings) = SchedulerConfig::from_json(text)?;
        scheduler.inner.wrap = self.inner.scheduler().wrap;
        told(scheduler.inner.validate())?;
        Ok((scheduler, warnings))
    }

    #[getter]
    fn name(&self) -> &str {
        self.inner.name()
    }

    #[getter]
    fn sample_shape(&self) -> Vec<usize> {
        self.inner.sample_shape().to_vec()
    }

    #[getter]
    fn num_classes(&self) -> Option<usize> {
        self.inner.num_classes()
    }

    /// The vectors that each sample is conditioned on: name and width.
    #[getter]
    fn inputs(&self) -> Vec<(String, usize)> {
        let inputs = self.inner.inputs().iter();
        inputs
            .map(|input| (input.name.clone(), input.width))
            .collect()
    }

    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.inner.warnings().to_vec()
    }

    #[getter]
    fn scheduler(&self) -> SchedulerConfig {
        SchedulerConfig {
            inner: self.inner.scheduler().clone(),
        }
    }
}

/// The names of the models in the package.
#[pyfunction]
pub fn bundled_models() -> Vec<&'static str> {
    network::bundled_names()
}

fn no_such_model(path: &Path) -> PyErr {
    ModelError::new_err(format!(
        "no model `{}`: there is no such directory, and bundled are: {}",
        path.display(),
        network::bundled_names().join(", ")
    ))
}
