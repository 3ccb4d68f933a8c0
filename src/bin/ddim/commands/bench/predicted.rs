//! What the cost model says of a case, beside what was measured.

use std::time::Duration;

use ddim_wgpu::gpu::{Peak, Rates, Timed};

use super::case::Case;
use super::engine::Measurement;
use super::report::PeakRow;

/// What the rows of a case take at least by the device's measured rates, what bounds them, and what they took. `None` where
/// nothing is known of the network, or of the device.
pub fn line(case: &Case<'_>, measured: &Measurement, peaks: &[PeakRow]) -> Option<String> {
    let cost = measured.cost?;
    let rate = |peak: Peak| {
        let row = peaks.iter().find(|row| row.name == peak.name())?;
        Some(row.median)
    };
    let rates = Rates {
        flop: rate(measured.multiply_add)?,
        cache_bytes: rate(Peak::CopyCached)?,
        memory_bytes: rate(Peak::CopyLarge)?,
        dispatches: rate(Peak::DependentDispatch)?,
    };
    let (bound, row) = cost.bound(&rates);
    let least = row * case.plan.len() as f64;
    let mut taken: Vec<f64> = measured
        .times
        .iter()
        .map(|time| Timed::seconds(*time))
        .collect();
    taken.sort_by(f64::total_cmp);
    let median = taken[taken.len() / 2];
    let [least, median] = [least, median].map(Duration::from_secs_f64);
    let bound = bound.name();
    Some(format!(
        "{case}: {least:.2?} at least by the model, bounded by {bound}; measured {median:.2?}"
    ))
}
