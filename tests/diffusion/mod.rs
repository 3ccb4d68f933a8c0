//! The mathematics on the host: schedules, grids, rows, plans, and what sampling with them gives
//! where that is known exactly.

mod convergence;
mod encoding;
mod executor;
mod forward;
mod gaussian;
mod orders;
mod plans;
mod posterior;
mod properties;
mod rows;
mod samplers;
mod scheduler_json;
mod schedules;
mod skip;
mod stability;
mod timesteps;

pub(crate) use executor::SampleRun;
pub(crate) use properties::builders;

use ddim_wgpu::diffusion::NoiseSchedule;

/// DDPM's own schedule.
fn ddpm_schedule() -> NoiseSchedule {
    NoiseSchedule::linear(1e-4, 0.02, 1000).expect("a legal schedule")
}

/// Fails unless `found` is within `tolerance` of `expected`, relative to
/// `expected` where that is above 1.
#[track_caller]
fn assert_close(found: f64, expected: f64, tolerance: f64, what: impl std::fmt::Display) {
    let error = (found - expected).abs();
    assert!(
        error <= tolerance * expected.abs().max(1.0),
        "{what}: found {found}, expected {expected}, off by {error:e}, tolerance {tolerance:e}"
    );
}
