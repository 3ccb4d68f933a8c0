//! The measured order of every sampler, on a mixture of Gaussians: how fast the error falls
//! as steps become shorter.

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

/// Starts all over the mixture, so that no chance cancellation at one of them is measured.
const STARTS: [f64; 8] = [-1.6, -1.1, -0.6, -0.2, 0.1, 0.5, 0.9, 1.5];

/// The states where the grid ends.
fn ends(schedule: &NoiseSchedule, kind: SamplerKind, steps: usize) -> [f64; STARTS.len()] {
    let mixture = mixture();
    let network = |row: &StageCoefficients, x: f64| {
        let mut out = [0.0];
        mixture.predict(PredictionType::Epsilon, row.network_level, &[x], &mut out);
        out[0]
    };
    let plan = Plan::sampler(schedule, kind).timesteps(grid(steps));
    let plan = plan.build().expect("a plan");
    // The last step leads to data.
    let stages = plan.stages();
    let before = stages.iter().rposition(|row| !row.next_level.is_clean());
    let before = before.expect("a step between levels");
    STARTS.map(|start| run(&plan, start, network, |_| 0.0)[before])
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| (a - b).powi(2));
    squares.sum::<f64>().sqrt()
}

/// Samplers without noise.
fn deterministic() -> impl Iterator<Item = SamplerKind> {
    SamplerKind::ALL.iter().copied().filter(|kind| {
        !matches!(
            kind,
            SamplerKind::Ddpm
                | SamplerKind::DdpmLarge
                | SamplerKind::ReverseSde
                | SamplerKind::SdeDpmSolverPlusPlus2M
                | SamplerKind::Consistency
        )
    })
}

#[test]
fn every_sampler_has_its_order() {
    let schedule = NoiseSchedule::linear_beta(0.1, 20.0, 1.0, TRAIN_STEPS).expect("a schedule");
    let exact = ends(&schedule, SamplerKind::UniPc3, 2048);
    let other = ends(&schedule, SamplerKind::Deis3, 2048);
    let uncertain = distance(&exact, &other);
    assert!(uncertain < 1e-7, "{exact:?} {other:?}");
    let mut wrong = Vec::new();
    for kind in deterministic() {
        let error = |steps| distance(&ends(&schedule, kind, steps), &exact);
        let (coarse, fine) = (error(64), error(256));
        let order = (coarse / fine).log2() / 2.0;
        assert!(fine > 10.0 * uncertain, "{kind}: {fine} is no error");
        // High orders are not quite reached at lengths whose errors f64 still tells apart.
        if order < 0.85 * kind.order() as f64 {
            wrong.push(format!("{kind}: order {order:.2}, not {}", kind.order()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("; "));
}
