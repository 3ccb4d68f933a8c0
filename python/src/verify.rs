//! Whether a device computes what it should.

use ddim_wgpu::verify as library;
use pyo3::prelude::*;

use crate::device::open_unasked;
use crate::errors::IntoPy;
use crate::process::detached;

/// Compares the noise, every kernel and whole runs with their twins on the CPU: a report as JSON.
#[pyfunction]
pub fn verify(py: Python<'_>, device: &str) -> PyResult<String> {
    detached(py, || {
        let backend = open_unasked(device).map_err(IntoPy::into_py)?;
        let report = match backend.wgpu() {
            Some((device, queue)) => library::device(device, queue).map_err(IntoPy::into_py)?,
            None => library::engine(),
        };
        Ok(report.to_json())
    })
}
