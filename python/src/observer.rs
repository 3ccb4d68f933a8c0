//! Python's part in a run: signals, progress and frames, on the calling thread.

use std::ops::ControlFlow;

use ddim_wgpu::Progress;
use ddim_wgpu::session::Frame;
use pyo3::prelude::*;

use crate::arrays::{array, shape_of};
use crate::process::is_closing;

/// Whom a run tells, and what of Python ended it.
pub struct Watcher {
    /// Called with what is done and all there is, in samples times rows; `False` stops.
    progress: Option<Py<PyAny>>,
    /// Called with the frame's number, the first sample's index and the states; `False` stops.
    on_frame: Option<Py<PyAny>>,
    sample_shape: Vec<usize>,
    error: Option<PyErr>,
}

impl Watcher {
    pub fn new(
        progress: Option<Py<PyAny>>,
        on_frame: Option<Py<PyAny>>,
        sample_shape: &[usize],
    ) -> Self {
        Self {
            progress,
            on_frame,
            sample_shape: sample_shape.to_vec(),
            error: None,
        }
    }

    /// Sees to signals, and tells the progress.
    pub fn tell(&mut self, progress: Progress) -> ControlFlow<()> {
        if is_closing() {
            return ControlFlow::Break(());
        }
        let told = Python::attach(|py| {
            py.check_signals()?;
            match &self.progress {
                Some(callable) => goes_on(callable.call1(py, (progress.done, progress.total))?, py),
                None => Ok(true),
            }
        });
        self.flow(told)
    }

    /// Shows a frame.
    pub fn show(&mut self, frame: Frame<'_>) -> ControlFlow<()> {
        let shown = Python::attach(|py| {
            py.check_signals()?;
            let Some(callable) = &self.on_frame else {
                return Ok(true);
            };
            let shape = shape_of(frame.values.len(), &self.sample_shape);
            let states = array(py, frame.values.to_vec(), shape)?;
            goes_on(callable.call1(py, (frame.index, frame.first, states))?, py)
        });
        self.flow(shown)
    }

    /// What ended the run, if it was Python.
    pub fn into_error(self) -> Option<PyErr> {
        self.error
    }

    fn flow(&mut self, told: PyResult<bool>) -> ControlFlow<()> {
        match told {
            Ok(true) => ControlFlow::Continue(()),
            Ok(false) => ControlFlow::Break(()),
            Err(error) => {
                self.error = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

/// Whether a callback's return value lets the run go on: anything but `False` does.
fn goes_on(returned: Py<PyAny>, py: Python<'_>) -> PyResult<bool> {
    let returned = returned.into_bound(py);
    Ok(!returned.is_exact_instance_of::<pyo3::types::PyBool>() || returned.is_truthy()?)
}
