//! What a benchmark run says, which can be written as JSON and compared with later.

use std::fmt::{self, Display};
use std::path::Path;

use ddim_wgpu::cpu::EnginePeak;
use ddim_wgpu::gpu::Measured;
use ddim_wgpu::gpu::headless::is_hardware;
use ddim_wgpu::wgpu::AdapterInfo;
use serde::{Deserialize, Serialize};

use super::case_row::CaseRow;
use super::compare::Comparison;
use super::machine::Machine;
use crate::exit::Failure;
use crate::inputs::read_text;

/// Longest report that is read: some thousand cases.
const MAX_REPORT_BYTES: u64 = 16 << 20;

#[derive(Serialize, Deserialize)]
pub struct Report {
    /// `ddim-wgpu`, and its version.
    pub software: String,
    /// Reports of the first version have none.
    #[serde(default)]
    pub machine: Option<Machine>,
    pub device: DeviceRow,
    /// The key of the first version's reports, which `--compare` still reads.
    #[serde(rename = "ceilings")]
    pub peaks: Vec<PeakRow>,
    pub cases: Vec<CaseRow>,
    /// Seconds from the start of a process to its first sample.
    pub start_seconds: Option<f64>,
    /// With an earlier report; it is not read again.
    #[serde(default, skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
}

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

#[derive(Serialize, Deserialize)]
pub struct PeakRow {
    pub name: String,
    pub unit: String,
    /// Per second, the lowest first.
    pub rates: Vec<f64>,
    pub median: f64,
}

impl Report {
    pub fn new(device: DeviceRow, peaks: Vec<PeakRow>) -> Self {
        Self {
            software: concat!("ddim-wgpu ", env!("CARGO_PKG_VERSION")).to_owned(),
            machine: Some(Machine::this()),
            device,
            peaks,
            cases: Vec::new(),
            start_seconds: None,
            comparison: None,
        }
    }

    pub fn read(path: &Path) -> Result<Self, Failure> {
        let bad =
            |error: &dyn Display| Failure::bad_input(format_args!("{}: {error}", path.display()));
        let text = read_text(path, MAX_REPORT_BYTES, "a report")?;
        serde_json::from_str(&text).map_err(|error| bad(&error))
    }
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

impl PeakRow {
    pub fn new(measured: &Measured) -> Self {
        let (name, unit) = (measured.peak.name(), measured.peak.unit());
        Self::of(name, unit, measured.rates())
    }

    pub fn of_engine(peak: EnginePeak, repetitions: usize) -> Self {
        Self::of(peak.name(), peak.unit(), peak.measure(repetitions))
    }

    fn of(name: &str, unit: &str, rates: Vec<f64>) -> Self {
        Self {
            name: name.to_owned(),
            unit: unit.to_owned(),
            median: rates[rates.len() / 2],
            rates,
        }
    }

    pub fn lowest(&self) -> f64 {
        self.rates.first().copied().unwrap_or(self.median)
    }

    pub fn highest(&self) -> f64 {
        self.rates.last().copied().unwrap_or(self.median)
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
