//! Distances of known sets and the bound of data whose likelihood is known.

use ddim_wgpu::cpu::MixtureDenoiser;
use ddim_wgpu::diffusion::{Clipping, NoiseSchedule, Plan, PredictionType, SamplerKind};
use ddim_wgpu::evaluate::{BoundError, Quantization, mmd, sliced_wasserstein, variational_bound};
use ddim_wgpu::model::GaussianMixture;
use ddim_wgpu::noise::fill_normals;

fn normals(seed: u64, count: usize) -> Vec<f32> {
    let mut values = vec![0.0; count];
    fill_normals(seed, 0, 0, &mut values);
    values
}

/// A shift by `d` moves every projection by `d·cos θ`: `|d|/√D` on average of squares.
#[test]
fn a_shift_is_its_length_over_root_d_away() {
    for dims in [1, 2, 5] {
        let a = normals(1, 40 * dims);
        let mut b = a.clone();
        b.iter_mut().step_by(dims).for_each(|x| *x += 0.3);
        let distance = sliced_wasserstein(&a, &b, dims, 4000, 2);
        let expected = 0.3 / (dims as f64).sqrt();
        assert!((distance - expected).abs() < 0.04 * expected, "{distance}");
        assert_eq!(sliced_wasserstein(&a, &a, dims, 100, 2), 0.0);
    }
}

/// Sets of other sizes: every sample of a set twice is the same set.
#[test]
fn a_set_twice_is_the_same_set() {
    let (a, b) = (normals(1, 60), normals(2, 40));
    let twice: Vec<f32> = a.chunks_exact(2).flat_map(|x| [x, x].concat()).collect();
    let (once, doubled) = (
        sliced_wasserstein(&a, &b, 2, 50, 3),
        sliced_wasserstein(&twice, &b, 2, 50, 3),
    );
    assert!((once - doubled).abs() < 1e-9, "{once} {doubled}");
    assert!(once > 0.05);
}

#[test]
fn mmd_is_that_of_gaussians() {
    let (a, b) = (normals(1, 1200), normals(2, 1200));
    let shifted: Vec<f32> = b.iter().map(|x| x + 1.0).collect();
    // For N(m, 1) and N(0, 1) with kernel exp(−d²/2): 2/√3·(1 − exp(−m²/6)), by integration.
    let found = mmd(&a, &shifted, 1, Some(1.0));
    let expected = 2.0 / 3.0_f64.sqrt() * (1.0 - (-1.0_f64 / 6.0).exp());
    assert!(
        (found.squared - expected).abs() < 0.04,
        "{found:?} {expected}"
    );
    let same = mmd(&a, &b, 1, None);
    assert!(same.squared.abs() < 0.004, "{same:?}");
    // The median of |x − y| of two standard normals: 0.6745·√2.
    assert!((same.bandwidth - 0.954).abs() < 0.08, "{same:?}");
}

const GRID: Quantization = Quantization {
    width: 0.02,
    low: -20.0,
    high: 20.0,
};

fn plan(kind: SamplerKind, steps: usize) -> Plan {
    let schedule = NoiseSchedule::linear(1e-4, 0.02, 1000).expect("a schedule");
    Plan::sampler(schedule, kind)
        .steps(steps)
        .build()
        .expect("a plan")
}

/// The bound of a perfect model of Gaussian data lies above their entropy, and comes down to it with more steps.
#[test]
fn the_bound_comes_down_to_the_entropy() {
    let deviation = 0.5;
    let network = MixtureDenoiser::new(
        GaussianMixture::gaussian(vec![0.0, 0.0], deviation * deviation).expect("a Gaussian"),
        PredictionType::Epsilon,
    );
    let data: Vec<f32> = normals(5, 4000)
        .iter()
        .map(|z| ((f64::from(*z) * deviation / GRID.width).round() * GRID.width) as f32)
        .collect();
    // The data's own cross-entropy under the true density.
    let squares: f64 = data.iter().map(|&x| f64::from(x).powi(2)).sum();
    let entropy = (0.5 * (std::f64::consts::TAU * deviation * deviation).ln()
        + squares / data.len() as f64 / (2.0 * deviation * deviation))
        / std::f64::consts::LN_2
        - GRID.width.log2();
    let bound = |steps| {
        let plan = plan(SamplerKind::Ddpm, steps);
        variational_bound(&network, &plan, &data, GRID, 7).expect("a bound")
    };
    let (few, many) = (bound(20), bound(1000));
    assert_eq!(many.steps.len(), 999);
    assert!(many.prior >= 0.0 && many.steps.iter().all(|&bits| bits >= 0.0));
    // The small variance is half of what the last steps need, so the bound stays apart from the entropy.
    let excess = [few.total() - entropy, many.total() - entropy];
    assert!(excess[0] > excess[1], "{excess:?}");
    assert!((0.0..0.8).contains(&excess[1]), "{excess:?}");
    // Each term by another way: of the difference of two posterior means, √p·β/(1−a)·(x_0 − x̂₀), where x̂₀ is exact.
    for (row, found) in plan(SamplerKind::Ddpm, 20).steps().iter().zip(&few.steps) {
        let (a, p) = (row.level, row.next_level);
        let beta = a.one_minus_ratio(p);
        let scale = p.sqrt_alpha_bar() * beta / a.one_minus_alpha_bar();
        let spread = a.alpha_bar() * deviation * deviation + a.one_minus_alpha_bar();
        let left = deviation * deviation * a.one_minus_alpha_bar() / spread;
        let variance = beta * p.one_minus_alpha_bar() / a.one_minus_alpha_bar();
        let bits = scale * scale * left / (2.0 * variance) / std::f64::consts::LN_2;
        assert!(
            (found - bits).abs() < 0.1 * bits,
            "row {}: {found} {bits}",
            row.index
        );
    }
}

#[test]
fn only_a_likelihood_has_a_bound() {
    let network = MixtureDenoiser::new(
        GaussianMixture::gaussian(vec![0.0], 1.0).expect("a Gaussian"),
        PredictionType::Epsilon,
    );
    let bound = |plan: &Plan, data: &[f32]| {
        variational_bound(&network, plan, data, Quantization::EIGHT_BITS, 0).unwrap_err()
    };
    for kind in [
        SamplerKind::Ddim,
        SamplerKind::DdpmLarge,
        SamplerKind::ReverseSde,
        SamplerKind::Heun,
    ] {
        let error = bound(&plan(kind, 5), &[0.5]);
        assert_eq!(error, BoundError::NoBound { index: 0 }, "{kind}");
    }
    let ddpm = plan(SamplerKind::Ddpm, 5);
    assert!(matches!(
        bound(&ddpm, &[]),
        BoundError::Length { found: 0, .. }
    ));
    let schedule = NoiseSchedule::linear(1e-4, 0.02, 1000).expect("a schedule");
    let clipped = Plan::ddpm(schedule)
        .steps(5)
        .clipping(Clipping::Range(1.0))
        .build();
    assert_eq!(
        bound(&clipped.expect("a plan"), &[0.5]),
        BoundError::Clipped
    );
}
