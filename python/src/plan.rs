//! Plans: a row of numbers for every evaluation of the network.

use ddim_wgpu::diffusion::{self, StageCoefficients};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A run, ready to be executed.
#[pyclass(frozen, module = "ddim_wgpu._native")]
pub struct Plan {
    pub inner: diffusion::Plan,
}

/// A number of a row.
type Number = fn(&StageCoefficients) -> f64;

/// The numbers of a row, by their names in the library.
const NUMBERS: [(&str, Number); 13] = [
    ("timestep", |step| step.timestep),
    ("alpha_bar", |step| step.level.alpha_bar()),
    ("alpha_bar_next", |step| step.next_level.alpha_bar()),
    ("x0_from_x", |step| step.x0_from_x),
    ("x0_from_out", |step| step.x0_from_out),
    ("eps_from_x", |step| step.eps_from_x),
    ("eps_from_out", |step| step.eps_from_out),
    ("x0_scale", |step| step.x0_scale),
    ("eps_scale", |step| step.eps_scale),
    ("noise_scale", |step| step.noise_scale),
    ("rederive_from_x", StageCoefficients::rederive_from_x),
    ("rederive_from_x0", StageCoefficients::rederive_from_x0),
    ("fixed_point_gain", StageCoefficients::fixed_point_gain),
];

#[pymethods]
impl Plan {
    fn __len__(&self) -> usize {
        self.inner.len()
    }

    /// Every number of the rows, as an array over the rows.
    fn rows<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let steps = self.inner.stages();
        let rows = PyDict::new(py);
        for (name, number) in NUMBERS {
            rows.set_item(name, PyArray1::from_iter(py, steps.iter().map(number)))?;
        }
        let draws = steps.iter().map(|step| step.draw);
        rows.set_item("draw", PyArray1::from_iter(py, draws))?;
        Ok(rows)
    }

    /// After how many rows each step of the grid is complete.
    #[getter]
    fn step_ends(&self) -> Vec<usize> {
        self.inner.step_ends()
    }

    /// The timestep that the network is told in each row.
    #[getter]
    fn timesteps(&self) -> Vec<f64> {
        let steps = self.inner.stages().iter();
        steps.map(|step| step.timestep).collect()
    }

    fn __repr__(&self) -> String {
        let (plan, process) = (&self.inner, self.inner.process());
        format!("<Plan: {process}, {} rows>", plan.len())
    }
}
