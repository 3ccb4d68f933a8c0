//! The native half of the Python package `ddim_wgpu`: models, plans, batches and sessions
//! of the library, as Python objects. What a user of Python meets is in
//! `package/ddim_wgpu/`, on top of these.

mod arrays;
mod batch;
mod command;
mod device;
mod errors;
mod model;
mod noise;
mod observer;
mod plan;
mod process;
mod ready;
mod runner;
mod scheduler;
mod session;
mod verify;

/// The native half of `ddim_wgpu`.
#[pyo3::pymodule]
mod _native {
    #[pymodule_export]
    use super::batch::Batch;
    #[pymodule_export]
    use super::command::command;
    #[pymodule_export]
    use super::device::devices;
    #[pymodule_export]
    use super::errors::{DeviceError, ModelError, Stopped};
    #[pymodule_export]
    use super::model::{Model, bundled_models};
    #[pymodule_export]
    use super::noise::{noise, slerp};
    #[pymodule_export]
    use super::plan::Plan;
    #[pymodule_export]
    use super::process::close;
    #[pymodule_export]
    use super::runner::Runner;
    #[pymodule_export]
    use super::scheduler::SchedulerConfig;
    #[pymodule_export]
    use super::session::Session;
    #[pymodule_export]
    use super::verify::verify;

    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::ready::make_ready(module.py())?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
