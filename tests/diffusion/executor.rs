//! A plan executed as its documentation says, in `f64`, on one number.

use ddim_wgpu::diffusion::{Clipping, History, Kept, Plan, StageCoefficients};

/// The state after every row, starting from `x`; `network(row, x)` is the network's
/// output, `noise(row)` is `z`.
pub(super) fn run(
    plan: &Plan,
    x: f64,
    network: impl FnMut(&StageCoefficients, f64) -> f64,
    noise: impl FnMut(&StageCoefficients) -> f64,
) -> Vec<f64> {
    run_rows(plan, plan.stages(), x, network, noise)
}

/// As [`run`], with other rows than the plan's.
pub(super) fn run_rows(
    plan: &Plan,
    rows: &[StageCoefficients],
    mut x: f64,
    mut network: impl FnMut(&StageCoefficients, f64) -> f64,
    mut noise: impl FnMut(&StageCoefficients) -> f64,
) -> Vec<f64> {
    // What was kept, the latest last.
    let mut kept = vec![f64::NAN; StageCoefficients::SLOTS];
    let mut states = Vec::new();
    let clips = plan.clips();
    let within =
        |value: f64, limit: Option<f64>| limit.map_or(value, |limit| value.clamp(-limit, limit));
    for row in rows {
        let out = network(row, x);
        let x0 = row.x0_from_x * x + row.x0_from_out * out;
        let x0 = match plan.clipping() {
            Clipping::None => x0,
            Clipping::Range(range) => x0.clamp(-range, range),
            Clipping::DynamicThreshold { .. } => {
                panic!("a quantile needs more than one number")
            }
        };
        let eps = if plan.rederive_epsilon() {
            row.rederive_from_x() * x + row.rederive_from_x0() * x0
        } else {
            row.eps_from_x * x + row.eps_from_out * out
        };
        let eps = within(eps, clips.epsilon);
        x = row.x0_scale * x0 + row.eps_scale * eps;
        // Not added where the scale is 0: the first row has no previous x̂₀, and a NaN
        // would show if one were used.
        if row.noise_scale != 0.0 {
            x += row.noise_scale * within(noise(row), clips.noise);
        }
        for (share, kept) in row.history.iter().zip(kept.iter().rev()) {
            if *share != 0.0 {
                x += share * kept;
            }
        }
        if row.keeps {
            kept.push(match plan.history() {
                History::Ring(Kept::Epsilon) => eps,
                _ => x0,
            });
        }
        x = within(x, plan.state_limit(row.index));
        states.push(x);
    }
    states
}

/// As [`run`], for plans without noise.
pub(super) fn run_quietly(
    plan: &Plan,
    x: f64,
    network: impl FnMut(&StageCoefficients, f64) -> f64,
) -> Vec<f64> {
    run(plan, x, network, |row| {
        panic!("row {} adds noise", row.index)
    })
}
