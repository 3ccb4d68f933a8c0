//! A row of a plan executed as its documentation says, in `f64`: the oracle between the goldens and the kernels.

use ddim_wgpu::diffusion::{Clipping, Plan, StepCoefficients};

/// Executes `row` for `samples` samples of equal size: `(x', x̂₀)`.
pub(crate) fn advance(
    plan: &Plan,
    row: &StepCoefficients,
    x: &[f64],
    out: &[f64],
    z: &[f64],
    samples: usize,
) -> (Vec<f64>, Vec<f64>) {
    assert_eq!(row.history_scale, 0.0, "no history is kept here");
    let mut x0: Vec<f64> = std::iter::zip(x, out)
        .map(|(x, out)| row.x0_from_x * x + row.x0_from_out * out)
        .collect();
    for sample in x0.chunks_exact_mut(x.len() / samples) {
        clip(plan.clipping(), sample);
    }
    let next = (0..x.len()).map(|i| {
        let eps = if plan.rederive_epsilon() {
            row.rederive_from_x() * x[i] + row.rederive_from_x0() * x0[i]
        } else {
            row.eps_from_x * x[i] + row.eps_from_out * out[i]
        };
        row.x0_scale * x0[i] + row.eps_scale * eps + row.noise_scale * z[i]
    });
    (next.collect(), x0)
}

/// Clips or thresholds x̂₀ of one sample.
fn clip(clipping: Clipping, x0: &mut [f64]) {
    match clipping {
        Clipping::None => {}
        Clipping::Range(range) => x0.iter_mut().for_each(|x0| *x0 = x0.clamp(-range, range)),
        Clipping::DynamicThreshold { ratio, max } => {
            let mut magnitudes: Vec<f64> = x0.iter().map(|x0| x0.abs()).collect();
            magnitudes.sort_by(f64::total_cmp);
            // Linear between the two nearest ranks, as torch.quantile and numpy do by default.
            let rank = ratio * (magnitudes.len() - 1) as f64;
            let (below, above) = (
                magnitudes[rank.floor() as usize],
                magnitudes[rank.ceil() as usize],
            );
            let s = (below + rank.fract() * (above - below)).clamp(1.0, max);
            x0.iter_mut().for_each(|x0| *x0 = x0.clamp(-s, s) / s);
        }
    }
}
