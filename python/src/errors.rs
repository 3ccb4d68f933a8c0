//! The library's errors as Python exceptions.

use ddim_wgpu::diffusion::{PlanError, SchedulerConfigError};
use ddim_wgpu::gpu::SamplerError;
use ddim_wgpu::session::SessionError;
use ddim_wgpu::{BatchError, network};
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyMemoryError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

create_exception!(
    ddim_wgpu,
    ModelError,
    PyValueError,
    "A model that cannot be read, or a network that the device cannot run."
);
create_exception!(
    ddim_wgpu,
    DeviceError,
    PyRuntimeError,
    "No such device, or one that does not compute as it should, was lost or does not answer."
);
create_exception!(
    ddim_wgpu,
    Stopped,
    PyException,
    "A run that was stopped before its end, by the return value of its progress callback."
);

/// What Python is told of an error.
pub trait IntoPy {
    fn into_py(self) -> PyErr;
}

impl IntoPy for network::ModelError {
    fn into_py(self) -> PyErr {
        ModelError::new_err(self.to_string())
    }
}

impl IntoPy for SchedulerConfigError {
    fn into_py(self) -> PyErr {
        PyValueError::new_err(self.to_string())
    }
}

impl IntoPy for PlanError {
    fn into_py(self) -> PyErr {
        PyValueError::new_err(self.to_string())
    }
}

impl IntoPy for BatchError {
    fn into_py(self) -> PyErr {
        PyValueError::new_err(self.to_string())
    }
}

impl IntoPy for SamplerError {
    fn into_py(self) -> PyErr {
        match self {
            Self::Batch(error) => error.into_py(),
            Self::Plan(error) => error.into_py(),
            Self::OutOfMemory { .. } => PyMemoryError::new_err(self.to_string()),
            Self::HiddenTooWide { .. }
            | Self::RegistersTooWide { .. }
            | Self::MatrixTileTooWide { .. }
            | Self::LimitExceeded { .. } => ModelError::new_err(self.to_string()),
            _ => DeviceError::new_err(self.to_string()),
        }
    }
}

impl IntoPy for SessionError {
    fn into_py(self) -> PyErr {
        match self {
            Self::Gpu(error) => error.into_py(),
            Self::Plan(error) => error.into_py(),
            Self::Batch(error) => error.into_py(),
            // The library's message names a method of its own.
            Self::OutOfMemory { bytes } => PyMemoryError::new_err(format!(
                "no memory for {bytes} bytes: make fewer at a time, as `Pipeline.stream` does"
            )),
            Self::NoData | Self::NotAnEncoding | Self::Frame { .. } => {
                PyValueError::new_err(self.to_string())
            }
            Self::Cancelled => Stopped::new_err(self.to_string()),
            _ => DeviceError::new_err(self.to_string()),
        }
    }
}

/// The value, or the error as Python is told it.
pub fn told<T>(result: Result<T, impl IntoPy>) -> PyResult<T> {
    result.map_err(IntoPy::into_py)
}
