//! Twin of `shaders/step/threshold_step.wgsl`: dynamic thresholding of what a step has left.

use super::update_step::{threshold, within};

/// Brings one sample's x̂₀ to its threshold and adds it to the state: `x̂₀ ← clamp(x̂₀, −s, s)/s`,
/// `state ← state + scale·x̂₀`, where `s` is the quantile `ratio` of `|x̂₀|` brought into `[1,
/// max]` (Imagen, section 2.3). The state, whole by then, is clamped to `±state_limit` where there
/// is one.
///
/// `state` and `x0` are of `D` values; the state is what the update gives without x̂₀. `ratio` is
/// in `[0, 1]`, `max` at least 1.
///
/// # Panics
/// If the slices are not of one length, or empty.
pub fn threshold_step(
    (ratio, max): (f64, f64),
    scale: f32,
    state_limit: Option<f32>,
    state: &mut [f32],
    x0: &mut [f32],
) {
    assert_eq!(state.len(), x0.len());
    let mut magnitudes: Vec<f32> = x0.iter().map(|value| value.abs()).collect();
    let limit = threshold(&mut magnitudes, ratio, max);
    for (state, x0) in state.iter_mut().zip(x0) {
        *x0 = x0.clamp(-limit, limit) / limit;
        *state = within(*state + scale * *x0, state_limit);
    }
}
