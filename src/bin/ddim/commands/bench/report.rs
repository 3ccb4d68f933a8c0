//! What a benchmark run says: as a table, as Markdown, and as JSON that can be compared with later.

use std::fmt::{self, Display};
use std::path::Path;

use ddim_wgpu::gpu::headless::is_hardware;
use ddim_wgpu::gpu::{Measured, Peak, Precision, Timed};
use ddim_wgpu::wgpu::AdapterInfo;
use serde::{Deserialize, Serialize};

use super::case::Case;
use super::engine::Measurement;
use super::network::Kind;
use crate::exit::Failure;
use crate::inputs::read_text;

/// Longest report that is read: some thousand cases.
const MAX_REPORT_BYTES: u64 = 16 << 20;

#[derive(Serialize, Deserialize)]
pub struct Report {
    /// `ddim-wgpu`, and its version.
    pub software: String,
    pub device: DeviceRow,
    /// The key of the first version's reports, which `--compare` still reads.
    #[serde(rename = "ceilings")]
    pub peaks: Vec<PeakRow>,
    pub cases: Vec<CaseRow>,
    /// Seconds from the start of a process to its first sample.
    pub start_seconds: Option<f64>,
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

#[derive(Serialize, Deserialize)]
pub struct CaseRow {
    pub model: String,
    pub layers: String,
    pub count: usize,
    pub steps: usize,
    pub eta: f64,
    pub kernel: String,
    /// Rows that one dispatch takes.
    pub rows_per_dispatch: usize,
    /// Whether weights and activations were stored as f16.
    pub half: bool,
    /// From the kernels' twins, over the largest value.
    pub error: f32,
    /// By the wall clock, every repetition in order.
    pub seconds: Vec<f64>,
    /// By the device's timestamps, where there are any.
    pub device_seconds: Vec<f64>,
    /// Of the device's time where it is known, else of the wall clock's.
    pub median: f64,
    /// Largest less smallest, over the median.
    pub spread: f64,
    pub samples_per_second: f64,
    pub gflops: f64,
    pub gbytes_per_second: f64,
    /// What bounds it, and how much of that it reaches; none where no peak was measured.
    pub bound: Option<(String, f64)>,
    /// Microseconds of the host for recording a step.
    pub record_microseconds: Option<f64>,
    /// Microseconds of a call for one sample, where the case is one: what a policy waits for.
    #[serde(default)]
    pub latency_microseconds: Option<f64>,
}

impl Report {
    pub fn new(device: DeviceRow, peaks: Vec<PeakRow>) -> Self {
        Self {
            software: concat!("ddim-wgpu ", env!("CARGO_PKG_VERSION")).to_owned(),
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

    pub fn add(&mut self, case: &Case<'_>, measured: Measurement) {
        let seconds: Vec<f64> = measured
            .times
            .iter()
            .map(|t| t.wall.as_secs_f64())
            .collect();
        let device = measured.times.iter().filter_map(|time| time.device);
        let device_seconds: Vec<f64> = device.map(|time| time.as_secs_f64()).collect();
        let mut sorted: Vec<f64> = measured.times.iter().map(|t| Timed::seconds(*t)).collect();
        sorted.sort_by(f64::total_cmp);
        let median = sorted[sorted.len() / 2];
        let evaluations = (case.batch.count * case.steps) as f64;
        let flops = case.network.flop() * evaluations / median;
        let bytes = case.network.bytes() * evaluations / median;
        let bound = match case.network.kind {
            Kind::Mlp(_) => (measured.multiply_add, flops),
            Kind::Update { dims } => {
                // What fits the cache of the small copy is bounded by it.
                let cached = 16 * dims * case.batch.count <= 1 << 20;
                let copy = if cached {
                    Peak::CopyCached
                } else {
                    Peak::CopyLarge
                };
                (copy, bytes)
            }
        };
        let peak = self.peaks.iter().find(|row| row.name == bound.0.name());
        self.cases.push(CaseRow {
            model: case.network.name.clone(),
            layers: case.network.layers(),
            count: case.batch.count,
            steps: case.steps,
            eta: case.eta,
            kernel: measured.kernel,
            rows_per_dispatch: case.rows_per_dispatch,
            half: case.precision == Precision::Half,
            error: measured.error,
            seconds,
            device_seconds,
            median,
            spread: (sorted[sorted.len() - 1] - sorted[0]) / median,
            samples_per_second: case.batch.count as f64 / median,
            gflops: flops / 1e9,
            gbytes_per_second: bytes / 1e9,
            bound: peak.map(|row| (row.name.clone(), bound.1 / row.median)),
            record_microseconds: measured.record.map(|seconds| seconds * 1e6),
            latency_microseconds: (case.batch.count == 1).then_some(median * 1e6),
        });
    }

    pub fn markdown(&self) -> String {
        let mut text = format!("{}\n\n", self.device);
        if !self.peaks.is_empty() {
            text += "| peak | median | lowest | highest |\n|---|--:|--:|--:|\n";
            for row in &self.peaks {
                let rate = |value| per_second(value, &row.unit);
                let (low, high) = (row.rates[0], row.rates[row.rates.len() - 1]);
                let (median, low, high) = (rate(row.median), rate(low), rate(high));
                text += &format!("| {} | {median} | {low} | {high} |\n", row.name);
            }
            text += "\n";
        }
        if !self.cases.is_empty() {
            text += "| network | samples | steps | η | kernel | median | spread | samples/s | GFLOP/s | GB/s | of its bound | error |\n";
            text += "|---|--:|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|\n";
            for case in &self.cases {
                text += &format!("| {} |\n", case.cells().join(" | "));
            }
        }
        if let Some(seconds) = self.start_seconds {
            text += &format!(
                "\nFrom the start of a process to its first sample: {}.\n",
                time(seconds)
            );
        }
        text
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
        Self {
            name: measured.peak.name().to_owned(),
            unit: measured.peak.unit().to_owned(),
            rates: measured.rates(),
            median: measured.median(),
        }
    }
}

impl CaseRow {
    /// What makes two cases the same one, but for the device.
    pub fn key(&self) -> (&str, &str, usize, usize, u64) {
        (
            &self.model,
            &self.layers,
            self.count,
            self.steps,
            self.eta.to_bits(),
        )
    }

    /// The kernel and how it was run.
    pub fn variant(&self) -> String {
        let mut text = self.kernel.clone();
        if self.rows_per_dispatch > 1 {
            text += &format!(" × {} rows", self.rows_per_dispatch);
        }
        if self.half {
            text += ", f16";
        }
        text
    }

    fn cells(&self) -> [String; 12] {
        [
            self.layers.clone(),
            self.count.to_string(),
            self.steps.to_string(),
            self.eta.to_string(),
            self.variant(),
            time(self.median),
            format!("{:.0} %", 100.0 * self.spread),
            format!("{:.0}", self.samples_per_second),
            format!("{:.1}", self.gflops),
            format!("{:.2}", self.gbytes_per_second),
            self.bound.as_ref().map_or_else(
                || "–".to_owned(),
                |(name, share)| format!("{:.0} % of {name}", 100.0 * share),
            ),
            format!("{:.0e}", self.error),
        ]
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

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.device)?;
        for row in &self.peaks {
            let spread = (row.rates[row.rates.len() - 1] - row.rates[0]) / row.median;
            let median = per_second(row.median, &row.unit);
            writeln!(
                f,
                "  {:<20} {median:>16}  ± {:.0} %",
                row.name,
                50.0 * spread
            )?;
        }
        for case in &self.cases {
            let [
                layers,
                count,
                steps,
                eta,
                kernel,
                median,
                spread,
                rate,
                gflops,
                gbytes,
                bound,
                error,
            ] = case.cells();
            writeln!(f, "{layers}, {count} × {steps} steps, η = {eta}, {kernel}")?;
            writeln!(
                f,
                "  {median} (spread {spread})  {rate} samples/s  {gflops} GFLOP/s  {gbytes} GB/s  {bound}  error {error}"
            )?;
            if let Some(record) = case.record_microseconds {
                writeln!(f, "  recording {record:.2} µs a step")?;
            }
            if let Some(latency) = case.latency_microseconds {
                writeln!(f, "  latency {latency:.1} µs a call")?;
            }
        }
        if let Some(seconds) = self.start_seconds {
            writeln!(
                f,
                "from the start of a process to its first sample {}",
                time(seconds)
            )?;
        }
        Ok(())
    }
}

/// A duration with a fitting unit.
pub fn time(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{:.1} µs", 1e6 * s),
        s if s < 1.0 => format!("{:.2} ms", 1e3 * s),
        s => format!("{s:.3} s"),
    }
}

fn per_second(rate: f64, unit: &str) -> String {
    let (scaled, prefix) = match rate {
        r if r >= 1e12 => (r / 1e12, "T"),
        r if r >= 1e9 => (r / 1e9, "G"),
        r if r >= 1e6 => (r / 1e6, "M"),
        r if r >= 1e3 => (r / 1e3, "k"),
        r => (r, ""),
    };
    format!("{scaled:.1} {prefix}{unit}/s")
}
