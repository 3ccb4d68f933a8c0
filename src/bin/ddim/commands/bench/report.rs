//! What a benchmark run says, which can be written as JSON and compared with later.

use std::fmt::Display;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::case_row::CaseRow;
use super::device_row::DeviceRow;
use super::machine::Machine;
use super::peak_row::PeakRow;
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
        }
    }

    pub fn read(path: &Path) -> Result<Self, Failure> {
        let bad =
            |error: &dyn Display| Failure::bad_input(format_args!("{}: {error}", path.display()));
        let text = read_text(path, MAX_REPORT_BYTES, "a report")?;
        serde_json::from_str(&text).map_err(|error| bad(&error))
    }
}
