//! What a report says of the device.

use std::fmt::{self, Display};

use ddim_wgpu::gpu::headless::is_hardware;
use ddim_wgpu::wgpu::AdapterInfo;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub struct DeviceRow {
    pub name: String,
    pub backend: String,
    pub driver: String,
    pub driver_info: String,
    pub hardware_gpu: bool,
    /// Threads of the host.
    pub threads: usize,
}

impl DeviceRow {
    pub fn of(info: &AdapterInfo, threads: usize) -> Self {
        Self {
            name: info.name.clone(),
            backend: info.backend.to_str().to_owned(),
            driver: info.driver.clone(),
            driver_info: info.driver_info.clone(),
            hardware_gpu: is_hardware(info),
            threads,
        }
    }

    pub fn native(threads: usize) -> Self {
        Self {
            name: "cpu".to_owned(),
            backend: "native".to_owned(),
            driver: String::new(),
            driver_info: String::new(),
            hardware_gpu: false,
            threads,
        }
    }
}

impl Display for DeviceRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match (self.hardware_gpu, self.backend.as_str()) {
            (true, _) => "hardware GPU",
            (false, "native") => "native CPU engine",
            (false, _) => "software driver, no GPU",
        };
        write!(f, "{} ({}, {kind}", self.name, self.backend)?;
        for text in [&self.driver, &self.driver_info] {
            if !text.is_empty() {
                write!(f, ", {text}")?;
            }
        }
        write!(f, "; {} host threads)", self.threads)
    }
}
