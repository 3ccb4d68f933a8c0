//! A plan executed as its documentation says, in `f64`: on a sample, or on one number.

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
    x: f64,
    mut network: impl FnMut(&StageCoefficients, f64) -> f64,
    mut noise: impl FnMut(&StageCoefficients) -> f64,
) -> Vec<f64> {
    assert!(
        !matches!(plan.clipping(), Clipping::DynamicThreshold { .. }),
        "a quantile needs more than one number"
    );
    let mut states = Vec::new();
    let sample = SampleRun {
        network: |row: &StageCoefficients, x: &[f64]| vec![network(row, x[0])],
        noise: |row: &StageCoefficients| vec![noise(row)],
        after: |x: &mut [f64]| states.push(x[0]),
    };
    sample.run(plan, rows, vec![x]);
    states
}

/// What a run of one sample goes through, `[D]` each.
pub(crate) struct SampleRun<N, Z, A> {
    /// The network's output for a row and a state.
    pub(crate) network: N,
    /// `z` of a row; not asked for where none is added.
    pub(crate) noise: Z,
    /// Is shown the state after each row, and may change it.
    pub(crate) after: A,
}

impl<N, Z, A> SampleRun<N, Z, A>
where
    N: FnMut(&StageCoefficients, &[f64]) -> Vec<f64>,
    Z: FnMut(&StageCoefficients) -> Vec<f64>,
    A: FnMut(&mut [f64]),
{
    /// The state after the last row, starting from `x`.
    pub(crate) fn run(
        mut self,
        plan: &Plan,
        rows: &[StageCoefficients],
        mut x: Vec<f64>,
    ) -> Vec<f64> {
        // What was kept, the latest last.
        let mut kept = vec![vec![f64::NAN; x.len()]; StageCoefficients::SLOTS];
        let clips = plan.clips();
        for row in rows {
            let out = (self.network)(row, &x);
            let pairs = x.iter().zip(&out);
            let mut x0: Vec<f64> = pairs
                .clone()
                .map(|(x, out)| row.x0_from_x * x + row.x0_from_out * out)
                .collect();
            clip(plan.clipping(), &mut x0);
            let eps: Vec<f64> = pairs
                .zip(&x0)
                .map(|((x, out), x0)| {
                    let eps = if plan.rederive_epsilon() {
                        row.rederive_from_x() * x + row.rederive_from_x0() * x0
                    } else {
                        row.eps_from_x * x + row.eps_from_out * out
                    };
                    within(eps, clips.epsilon)
                })
                .collect();
            for (x, (x0, eps)) in x.iter_mut().zip(x0.iter().zip(&eps)) {
                *x = row.x0_scale * x0 + row.eps_scale * eps;
            }
            // Not added where the scale is 0: the first row has no previous x̂₀, and a NaN would
            // show if one were used.
            if row.noise_scale != 0.0 {
                for (x, z) in x.iter_mut().zip((self.noise)(row)) {
                    *x += row.noise_scale * within(z, clips.noise);
                }
            }
            for (share, kept) in row.history.iter().zip(kept.iter().rev()) {
                if *share != 0.0 {
                    x.iter_mut()
                        .zip(kept)
                        .for_each(|(x, kept)| *x += share * kept);
                }
            }
            if row.keeps {
                kept.push(match plan.history() {
                    History::Ring(Kept::Epsilon) => eps,
                    _ => x0,
                });
            }
            let limit = plan.state_limit(row.index);
            x.iter_mut().for_each(|x| *x = within(*x, limit));
            (self.after)(&mut x);
        }
        x
    }
}

fn within(value: f64, limit: Option<f64>) -> f64 {
    limit.map_or(value, |limit| value.clamp(-limit, limit))
}

/// `x̂₀` clipped; Imagen's dynamic thresholding with a linearly interpolated quantile.
fn clip(clipping: Clipping, x0: &mut [f64]) {
    match clipping {
        Clipping::None => {}
        Clipping::Range(range) => x0.iter_mut().for_each(|x0| *x0 = x0.clamp(-range, range)),
        Clipping::DynamicThreshold { ratio, max } => {
            let mut sizes: Vec<f64> = x0.iter().map(|x0| x0.abs()).collect();
            sizes.sort_by(f64::total_cmp);
            let place = ratio * (sizes.len() - 1) as f64;
            let (below, above) = (sizes[place.floor() as usize], sizes[place.ceil() as usize]);
            let limit = (below + (above - below) * place.fract()).clamp(1.0, max);
            x0.iter_mut()
                .for_each(|x0| *x0 = x0.clamp(-limit, limit) / limit);
        }
    }
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
