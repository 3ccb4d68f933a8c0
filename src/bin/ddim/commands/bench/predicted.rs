//! What the cost model says of a case, beside what was measured.

use ddim_wgpu::gpu::{Cost, Peak, Rates};
use serde::{Deserialize, Serialize};

use super::peak_row::PeakRow;

#[derive(Serialize, Deserialize)]
pub struct Prediction {
    /// What of the device bounds the case.
    pub bound: String,
    /// That a run takes at least by the device's measured rates.
    pub seconds: f64,
}

impl Prediction {
    /// Of a run of `rows` rows, each of which costs `cost`; `multiply_add` is the rate of the products. `None` where not all
    /// rates were measured.
    pub fn new(cost: &Cost, rows: usize, multiply_add: Peak, peaks: &[PeakRow]) -> Option<Self> {
        let rate = |peak: Peak| {
            let row = peaks.iter().find(|row| row.name == peak.name())?;
            Some(row.median)
        };
        let rates = Rates {
            flop: rate(multiply_add)?,
            cache_bytes: rate(Peak::CopyCached)?,
            memory_bytes: rate(Peak::CopyLarge)?,
            dispatches: rate(Peak::DependentDispatch)?,
            units: 1.0,
        };
        let (bound, seconds) = cost.bound(&rates);
        Some(Self {
            bound: bound.name().to_owned(),
            seconds: seconds * rows as f64,
        })
    }
}
