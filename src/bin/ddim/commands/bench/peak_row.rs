//! What a report says of a peak.

use ddim_wgpu::cpu::EnginePeak;
use ddim_wgpu::gpu::Measured;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub struct PeakRow {
    pub name: String,
    pub unit: String,
    /// Per second, the lowest first.
    pub rates: Vec<f64>,
    pub median: f64,
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
