//! The measured order of every sampler, on a mixture of Gaussians: how fast the error falls as steps
//! become shorter.

use ddim_wgpu::diffusion::{NoiseSchedule, Plan, PredictionType, SamplerKind, StageCoefficients};
use ddim_wgpu::network::GaussianMixture;

use super::executor::run;

/// So many that the first steps of a grid can be short enough.
const TRAIN_STEPS: usize = 1 << 20;

/// From `t = 5/8` to `t = 1/8`, far enough from both ends for the methods' theory to hold.
const FIRST: usize = 5 * TRAIN_STEPS / 8;
const LAST: usize = TRAIN_STEPS / 8;

fn mixture() -> GaussianMixture {
    let means = vec![vec![-0.8], vec![0.5]];
    GaussianMixture::new(&[0.4, 0.6], means, vec![0.06, 0.03]).expect("a mixture")
}

/// Equal steps of time, but for the first two, which are cut into steps that grow by half: a method
/// of many steps begins at first order, and that must not be what is measured.
fn grid(steps: usize) -> Vec<usize> {
    let length = (FIRST - LAST) / steps;
    let cut = (1..40).map(|k| (2.0 * length as f64 / 1.5_f64.powi(k)) as usize);
    let mut passed: Vec<usize> = cut
        .chain([0])
        .chain((2..=steps).map(|i| i * length))
        .collect();
    passed.sort_unstable();
    passed.dedup();
    passed.iter().map(|passed| FIRST - passed).collect()
}

/// The mean state where the grid ends, over draws that are the same at every length of step.
fn end(schedule: &NoiseSchedule, kind: SamplerKind, steps: usize) -> f64 {
    let mixture = mixture();
    let network = |row: &StageCoefficients, x: f64| {
        let mut out = [0.0];
        mixture.predict(PredictionType::Epsilon, row.network_level, &[x], &mut out);
        out[0]
    };
    let plan = Plan::sampler(schedule, kind).timesteps(grid(steps));
    let plan = plan.build().expect("a plan");
    let states = run(&plan, 0.7, network, |_| 0.0);
    // The last step leads to data.
    let before = plan
        .stages()
        .iter()
        .rposition(|row| !row.next_level.is_clean());
    states[before.expect("a step between levels")]
}

fn order(schedule: &NoiseSchedule, kind: SamplerKind, exact: f64) -> f64 {
    let error = |steps| (end(schedule, kind, steps) - exact).abs();
    (error(32) / error(128)).log2() / 2.0
}

#[test]
fn every_sampler_has_its_order() {
    let schedule = NoiseSchedule::linear_beta(0.1, 20.0, 1.0, TRAIN_STEPS).expect("a schedule");
    let exact = end(&schedule, SamplerKind::DpmSolverPlusPlus3M, 2048);
    let other = end(&schedule, SamplerKind::Deis3, 2048);
    assert!((exact - other).abs() < 1e-7, "{exact} {other}");
    let deterministic = SamplerKind::ALL.iter().copied().filter(|kind| {
        !matches!(
            kind,
            SamplerKind::Ddpm
                | SamplerKind::DdpmLarge
                | SamplerKind::ReverseSde
                | SamplerKind::SdeDpmSolverPlusPlus2M
                | SamplerKind::Consistency
        )
    });
    let mut wrong = Vec::new();
    for kind in deterministic {
        let found = order(&schedule, kind, exact);
        println!("{kind}: {found:.2}");
        let expected = kind.order() as f64;
        if !(found > expected - 0.35) {
            wrong.push(format!("{kind}: order {found:.2}, expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("; "));
}
