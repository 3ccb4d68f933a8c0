//! Measured orders of convergence, on data where the exact answer is known.

use ddim_wgpu::diffusion::{NoiseSchedule, Plan, SamplerKind, StageCoefficients};

use super::ddpm_schedule;
use super::executor::{run, run_rows};
use super::gaussian::Gaussian;

const DATA: Gaussian = Gaussian {
    mean: 0.4,
    deviation: 0.3,
};
/// Fine enough that every grid below is even in time.
const TRAIN_STEPS: usize = 1 << 14;

/// The error where the grid enters its last level, far enough from both ends for the methods'
/// theory to hold: from `t = 3/4` to `t = 1/8`, in `steps` equal steps of time.
fn error(kind: SamplerKind, steps: usize) -> f64 {
    error_with(kind, steps, |_| ())
}

/// As [`error`], with every row changed by `fault`.
fn error_with(kind: SamplerKind, steps: usize, fault: impl Fn(&mut StageCoefficients)) -> f64 {
    let schedule = NoiseSchedule::linear_beta(0.1, 20.0, 1.0, TRAIN_STEPS).unwrap();
    let (first, last) = (3 * TRAIN_STEPS / 4, TRAIN_STEPS / 8);
    let grid: Vec<usize> = (0..=steps)
        .map(|i| first - i * (first - last) / steps)
        .collect();
    let plan = Plan::sampler(&schedule, kind)
        .timesteps(grid)
        .build()
        .unwrap();
    let mut rows = plan.stages().to_vec();
    rows.iter_mut().for_each(fault);
    let states = run_rows(&plan, &rows, 1.7, DATA.network(), |_| 0.0);
    let end = states[plan.len() - 2];
    (end - DATA.flow(schedule.level(first), schedule.level(last), 1.7)).abs()
}

/// `log₂` of what halving the step does to the error, between 40 and 320 steps.
fn order(kind: SamplerKind) -> f64 {
    (error(kind, 40) / error(kind, 320)).log2() / 3.0
}

#[test]
fn ddim_converges_in_first_order_heun_and_2m_in_second() {
    let expected = [
        (SamplerKind::Ddim, 1.0),
        (SamplerKind::Heun, 2.0),
        (SamplerKind::DpmSolverPlusPlus2M, 2.0),
    ];
    for (kind, expected) in expected {
        let order = order(kind);
        assert!(
            (order - expected).abs() < 0.2,
            "{kind}: order {order:.3}, expected {expected}"
        );
    }
}

/// The measurement can tell: without the memory, with its sign turned, or with half of it, the
/// second-order methods lose their order or do not converge at all.
#[test]
fn planted_faults_cost_the_order() {
    type Fault = fn(&mut StageCoefficients);
    let faults: [(&str, Fault); 3] = [
        ("no memory", |row| {
            row.x0_scale += row.history[0];
            row.history[0] = 0.0;
        }),
        ("memory with the wrong sign", |row| {
            row.x0_scale += 2.0 * row.history[0];
            row.history[0] = -row.history[0];
        }),
        ("half the correction", |row| {
            row.x0_scale += 0.5 * row.history[0];
            row.history[0] *= 0.5;
        }),
    ];
    for kind in [SamplerKind::Heun, SamplerKind::DpmSolverPlusPlus2M] {
        for (name, fault) in faults {
            let order = (error_with(kind, 40, fault) / error_with(kind, 320, fault)).log2() / 3.0;
            assert!(order < 1.4, "{kind}, {name}: order {order:.3}");
        }
    }
}

#[test]
fn second_order_pays_at_few_steps() {
    // Heun asks the network twice a step.
    assert!(error(SamplerKind::Heun, 20) < error(SamplerKind::Ddim, 40));
    assert!(error(SamplerKind::DpmSolverPlusPlus2M, 40) < 0.2 * error(SamplerKind::Ddim, 40));
}

/// Mean and variance after a stochastic run, without drawing anything: the step is affine in `x`,
/// so both have a recursion.
fn moments(plan: &Plan) -> (f64, f64) {
    let (mut mean, mut variance) = (0.0, 1.0);
    for row in plan.stages() {
        // The affine map, read off at two points.
        let at = |x: f64| {
            let out = DATA.epsilon(row.level, x);
            let x0 = row.x0_from_x * x + row.x0_from_out * out;
            let eps = row.eps_from_x * x + row.eps_from_out * out;
            row.x0_scale * x0 + row.eps_scale * eps
        };
        let slope = at(1.0) - at(0.0);
        mean = at(0.0) + slope * mean;
        variance = slope * slope * variance + row.noise_scale.powi(2);
    }
    (mean, variance)
}

#[test]
fn every_sampler_reaches_the_data_with_many_steps() {
    let kinds = [
        SamplerKind::Ddim,
        SamplerKind::Ddpm,
        SamplerKind::DdpmLarge,
        SamplerKind::ReverseSde,
    ];
    for kind in kinds {
        let plan = Plan::sampler(ddpm_schedule(), kind)
            .steps(1000)
            .build()
            .unwrap();
        let (mean, variance) = moments(&plan);
        assert!((mean - DATA.mean).abs() < 0.01, "{kind}: mean {mean}");
        assert!(
            (variance.sqrt() - DATA.deviation).abs() < 0.01,
            "{kind}: deviation {}",
            variance.sqrt()
        );
    }
}

/// The executor and the recursion are the same computation: with a start at the mean and
/// no noise drawn they agree.
#[test]
fn the_executor_follows_the_recursion() {
    let plan = Plan::ddpm(ddpm_schedule()).steps(20).build().unwrap();
    let states = run(&plan, 0.0, DATA.network(), |_| 0.0);
    let (mean, _) = moments(&plan);
    assert!((states[19] - mean).abs() < 1e-12);
}
