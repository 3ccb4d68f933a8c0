//! A row of a plan executed as its documentation says, in `f64`: the oracle between the
//! goldens and the kernels.

use ddim_wgpu::diffusion::{Clipping, History, Kept, Plan, StageCoefficients};

/// What one row is given, for some samples of equal size.
#[derive(Clone, Copy)]
pub(crate) struct Inputs<'a> {
    pub(crate) samples: usize,
    pub(crate) x: &'a [f64],
    pub(crate) out: &'a [f64],
    /// May be left empty where the row adds no noise.
    pub(crate) z: &'a [f64],
    /// x̂₀ of the row before; may be left empty where the row does not look back.
    pub(crate) previous_x0: &'a [f64],
}

/// Adds what a row takes of earlier estimates, the latest first.
fn recall(row: &StageCoefficients, kept: &[Vec<f64>], next: &mut [f64]) {
    for (share, kept) in row.history.iter().zip(kept.iter().rev()) {
        if *share != 0.0 {
            for (next, kept) in next.iter_mut().zip(kept) {
                *next += share * kept;
            }
        }
    }
}

/// `clamp(value, −limit, limit)` where there is a limit.
fn within(value: f64, limit: Option<f64>) -> f64 {
    limit.map_or(value, |limit| value.clamp(-limit, limit))
}

/// Executes `row`, but for the clip of the last state: `(x', x̂₀)`.
pub(crate) fn advance(
    plan: &Plan,
    row: &StageCoefficients,
    inputs: Inputs<'_>,
) -> (Vec<f64>, Vec<f64>) {
    let Inputs {
        samples,
        x,
        out,
        z,
        previous_x0,
    } = inputs;
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
        let eps = within(eps, plan.clips().epsilon);
        let mut next = row.x0_scale * x0[i] + row.eps_scale * eps;
        if row.noise_scale != 0.0 {
            next += row.noise_scale * within(z[i], plan.clips().noise);
        }
        if row.history[0] != 0.0 {
            next += row.history[0] * previous_x0[i];
        }
        next
    });
    (next.collect(), x0)
}

/// Runs a plan with `z = 0`: the state after every row, `network(timestep, x)` being the
/// network's output for one value.
pub(crate) fn run(
    plan: &Plan,
    samples: usize,
    x: &[f64],
    network: impl Fn(f64, f64) -> f64,
) -> Vec<Vec<f64>> {
    let nothing = vec![0.0; x.len()];
    let outputs = |row: &StageCoefficients, x: &[f64]| {
        let out = x.iter().map(|&x| network(row.timestep, x));
        (out.collect(), nothing.clone())
    };
    run_given(plan, samples, x, outputs)
}

/// Runs a plan: the state after every row, `outputs(row, x)` being the network's output for all
/// values and the noise.
pub(crate) fn run_given(
    plan: &Plan,
    samples: usize,
    x: &[f64],
    outputs: impl Fn(&StageCoefficients, &[f64]) -> (Vec<f64>, Vec<f64>),
) -> Vec<Vec<f64>> {
    let mut x = x.to_vec();
    let mut kept: Vec<Vec<f64>> = Vec::new();
    let mut states = Vec::new();
    for row in plan.stages() {
        let (out, z) = outputs(row, &x);
        let inputs = Inputs {
            samples,
            x: &x,
            out: &out,
            z: &z,
            previous_x0: &[],
        };
        let alone = StageCoefficients {
            history: [0.0; StageCoefficients::SLOTS],
            ..*row
        };
        let (mut next, x0) = advance(plan, &alone, inputs);
        recall(row, &kept, &mut next);
        if row.keeps {
            kept.push(match plan.history() {
                History::Ring(Kept::Epsilon) => epsilon(plan, row, &x, &out, &x0),
                _ => x0,
            });
        }
        let limit = plan.state_limit(row.index);
        next.iter_mut().for_each(|x| *x = within(*x, limit));
        x = next;
        states.push(x.clone());
    }
    states
}

/// ε̂ of a row whose clipped estimate is `x0`.
fn epsilon(plan: &Plan, row: &StageCoefficients, x: &[f64], out: &[f64], x0: &[f64]) -> Vec<f64> {
    let one = |i: usize| {
        if plan.rederive_epsilon() {
            row.rederive_from_x() * x[i] + row.rederive_from_x0() * x0[i]
        } else {
            row.eps_from_x * x[i] + row.eps_from_out * out[i]
        }
    };
    (0..x.len()).map(one).collect()
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
