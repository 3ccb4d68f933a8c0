//! What computes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use ddim_wgpu::gpu::headless::{self, DeviceRequest};
use ddim_wgpu::session::{Backend, BackendOptions, SessionError};
use ddim_wgpu::wgpu::DeviceType;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::errors::told;
use crate::process::waited;

/// The devices that are open, by what they were asked for as: sessions share them.
static OPEN: Mutex<Option<HashMap<String, Backend>>> = Mutex::new(None);

/// Opens what a name means, or gives what was opened for it; by a thread without the GIL.
pub fn open(name: &str) -> PyResult<Backend> {
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    let open = open.get_or_insert_default();
    if let Some(backend) = open.get(name) {
        return Ok(backend.clone());
    }
    let backend = told(Backend::open(&request(name)))?;
    open.insert(name.to_owned(), backend.clone());
    Ok(backend)
}

/// Forgets devices after an error of theirs, so that the next session opens them anew.
pub fn forget_all() {
    *OPEN.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

/// Opens a device for verification, which asks for known answers itself.
pub fn open_unasked(name: &str) -> Result<Backend, SessionError> {
    let options = BackendOptions::default().known_answer(false);
    Backend::open_with(&request(name), &options)
}

fn request(name: &str) -> DeviceRequest {
    let Ok(request) = name.parse();
    request
}

/// The devices that `device=` can name, the preferred first and the CPU engine last.
#[pyfunction]
pub fn devices(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let adapters = waited(py, || Ok(headless::adapters()))?;
    let found = PyList::empty(py);
    for (index, adapter) in adapters.iter().enumerate() {
        let info = adapter.get_info();
        let device = PyDict::new(py);
        device.set_item("index", index)?;
        device.set_item("name", &info.name)?;
        device.set_item("backend", info.backend.to_str())?;
        device.set_item("type", kind(info.device_type))?;
        device.set_item("hardware_gpu", headless::is_hardware(&info))?;
        device.set_item("driver", &info.driver)?;
        device.set_item("driver_info", &info.driver_info)?;
        found.append(device)?;
    }
    let engine = PyDict::new(py);
    engine.set_item("index", None::<usize>)?;
    engine.set_item("name", "cpu")?;
    engine.set_item("backend", "native")?;
    engine.set_item("type", "cpu")?;
    engine.set_item("hardware_gpu", false)?;
    found.append(engine)?;
    Ok(found)
}

fn kind(device_type: DeviceType) -> &'static str {
    match device_type {
        DeviceType::DiscreteGpu => "discrete GPU",
        DeviceType::IntegratedGpu => "integrated GPU",
        DeviceType::VirtualGpu => "virtual GPU",
        DeviceType::Cpu => "software",
        DeviceType::Other => "other",
    }
}
