//! What a report says of a case.

use ddim_wgpu::gpu::{Peak, Precision, Timed};
use serde::{Deserialize, Serialize};

use super::case::Case;
use super::engine::Measurement;
use super::network::Kind;
use super::peak_row::PeakRow;
use super::predicted::Prediction;

#[derive(Serialize, Deserialize)]
pub struct CaseRow {
    pub model: String,
    pub layers: String,
    pub count: usize,
    pub steps: usize,
    /// Reports of the first version have none: all were DDIM.
    #[serde(default = "ddim")]
    pub sampler: String,
    /// None for samplers that take none.
    pub eta: Option<f64>,
    /// Evaluations of the network for a sample, of which some samplers have two a step.
    #[serde(default)]
    pub evaluations: Option<usize>,
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
    /// By the cost model, of GPUs and networks that it knows.
    #[serde(default)]
    pub predicted: Option<Prediction>,
    /// Microseconds of the host for recording a step.
    pub record_microseconds: Option<f64>,
    /// Microseconds of a call for one sample, where the case is one: what a policy waits for.
    #[serde(default)]
    pub latency_microseconds: Option<f64>,
}

fn ddim() -> String {
    "ddim".to_owned()
}

impl CaseRow {
    pub fn new(case: &Case<'_>, measured: Measurement, peaks: &[PeakRow]) -> Self {
        let times = &measured.times;
        let seconds: Vec<f64> = times.iter().map(|t| t.wall.as_secs_f64()).collect();
        let device = times.iter().filter_map(|time| time.device);
        let device_seconds: Vec<f64> = device.map(|time| time.as_secs_f64()).collect();
        let mut sorted: Vec<f64> = times.iter().map(|t| Timed::seconds(*t)).collect();
        sorted.sort_by(f64::total_cmp);
        let median = sorted[sorted.len() / 2];
        let (evaluations, count) = (case.plan.len(), case.batch.count);
        let rate = (count * evaluations) as f64 / median;
        let flops = case.network.flop() * rate;
        let bytes = case.network.bytes() * rate;
        let bound = match case.network.kind {
            Kind::Mlp(_) => (measured.multiply_add, flops),
            Kind::Update { dims } => {
                // What fits the cache of the small copy is bounded by it.
                let cached = 16 * dims * count <= 1 << 20;
                let copy = if cached {
                    Peak::CopyCached
                } else {
                    Peak::CopyLarge
                };
                (copy, bytes)
            }
        };
        let peak = peaks.iter().find(|row| row.name == bound.0.name());
        let multiply_add = measured.multiply_add;
        let predicted = measured
            .cost
            .and_then(|cost| Prediction::new(&cost, evaluations, multiply_add, peaks));
        Self {
            model: case.network.name.clone(),
            layers: case.network.layers(),
            count,
            steps: case.steps,
            sampler: case.sampler.name().to_owned(),
            eta: case.eta,
            evaluations: Some(evaluations),
            kernel: measured.kernel,
            rows_per_dispatch: measured.rows_per_dispatch,
            half: case.precision == Precision::Half,
            error: measured.error,
            seconds,
            device_seconds,
            median,
            spread: (sorted[sorted.len() - 1] - sorted[0]) / median,
            samples_per_second: count as f64 / median,
            gflops: flops / 1e9,
            gbytes_per_second: bytes / 1e9,
            bound: peak.map(|row| (row.name.clone(), bound.1 / row.median)),
            predicted,
            record_microseconds: measured.record.map(|seconds| seconds * 1e6),
            latency_microseconds: (count == 1).then_some(median * 1e6),
        }
    }

    /// Whether two are the same one, but for the device and how it was run.
    pub fn is_same_work(&self, other: &Self) -> bool {
        let key = |row: &Self| (row.count, row.steps, row.eta.map(f64::to_bits));
        let names = |row: &Self| [row.model.clone(), row.layers.clone(), row.sampler.clone()];
        key(self) == key(other) && names(self) == names(other)
    }

    /// The equations: `η = 0`, or the name of a sampler that has no η.
    pub fn equations(&self) -> String {
        match self.eta {
            Some(eta) => format!("η = {eta}"),
            None => self.sampler.clone(),
        }
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

    /// How much of its bound it reaches.
    pub fn of_bound(&self) -> String {
        match &self.bound {
            Some((name, share)) => format!("{:.0} % of {name}", 100.0 * share),
            None => "–".to_owned(),
        }
    }
}
