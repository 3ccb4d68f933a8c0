//! The bound of data whose likelihood is known, and its terms by other formulas.

use ddim_wgpu::cpu::{Denoiser, MixtureDenoiser};
use ddim_wgpu::diffusion::{
    Clipping, Forward, NoiseSchedule, Plan, PredictionType, SamplerKind, StageCoefficients,
};
use ddim_wgpu::metrics::{BoundError, Quantization, VariationalBound, variational_bound};
use ddim_wgpu::network::GaussianMixture;
use ddim_wgpu::noise::fill_normals;

use super::normals;

const GRID: Quantization = Quantization {
    width: 0.02,
    low: -20.0,
    high: 20.0,
};

fn plan(kind: SamplerKind, steps: usize) -> Plan {
    let schedule = NoiseSchedule::linear(1e-4, 0.02, 1000).expect("a schedule");
    Plan::sampler(schedule, kind)
        .steps(steps)
        // The papers' own coefficients: those of few steps near pure noise are guarded otherwise.
        .stabilize(false)
        .build()
        .expect("a plan")
}

/// The bound of a perfect model of Gaussian data lies above their entropy, and comes
/// down to it with more steps.
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
        variational_bound(&network, &plan, &data, Some(GRID), 7).expect("a bound")
    };
    let (few, many) = (bound(20), bound(1000));
    assert_eq!(many.steps.len(), 999);
    assert!(many.prior >= 0.0 && many.steps.iter().all(|&bits| bits >= 0.0));
    // The small variance is half of what the last steps need, so the bound
    // stays apart from the entropy.
    let excess = [few.total() - entropy, many.total() - entropy];
    assert!(excess[0] > excess[1], "{excess:?}");
    assert!((0.0..0.8).contains(&excess[1]), "{excess:?}");
    // Each term by another way: of the difference of two posterior means, √p·β/(1−a)·(x_0 −
    // x̂₀), where x̂₀ is exact.
    for (row, found) in plan(SamplerKind::Ddpm, 20).stages().iter().zip(&few.steps) {
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
        variational_bound(&network, plan, data, Some(Quantization::EIGHT_BITS), 0).unwrap_err()
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
    let schedule = NoiseSchedule::linear(1e-4, 0.02, 1000).expect("a schedule");
    let clipped = Plan::ddpm(schedule).steps(5).clip_noise(1.0).build();
    assert_eq!(
        bound(&clipped.expect("a plan"), &[0.5]),
        BoundError::Clipped
    );
}

fn ddim(eta: f64, steps: usize) -> Plan {
    let schedule = NoiseSchedule::linear(1e-4, 0.02, 1000).expect("a schedule");
    let plan = Plan::ddim(schedule).steps(steps).eta(eta).build();
    plan.expect("a plan")
}

/// `½·ln(2πe·variance)`-like terms of Gaussians, in bits.
fn to_bits(nats: f64) -> f64 {
    nats / std::f64::consts::LN_2
}

/// Of Gaussian data and the exact network both chains are linear, so
/// `−E ln p(x_{0…T}) − H(q(x_{1…T}|x_0))` is known. Computed here from the
/// covariances of neighbouring states under `q`, and from what a row does to a state,
/// with no use of the bound's terms.
#[test]
fn the_bound_of_gaussian_data_is_the_closed_form() {
    let variance = 0.09_f64;
    let mixture = GaussianMixture::gaussian(vec![0.0], variance).expect("a Gaussian");
    let network = MixtureDenoiser::new(mixture, PredictionType::Epsilon);
    // So many that their moments are the distribution's.
    let mut data = normals(11, 60_000);
    let squares: f64 = data.iter().map(|&x| f64::from(x).powi(2)).sum();
    let scale = (variance * data.len() as f64 / squares).sqrt() as f32;
    data.iter_mut().for_each(|x| *x *= scale);
    for (eta, steps) in [(1.0, 10), (1.0, 50), (0.5, 10), (0.5, 50), (0.2, 20)] {
        let plan = ddim(eta, steps);
        let found = variational_bound(&network, &plan, &data, None, 3).expect("a bound");
        let mut nats = 0.0;
        // −E ln N(x_T; 0, 1): a part of it is an entropy of q that the rows below share.
        let first = plan.stages()[0].level;
        let second_moment = first.alpha_bar() * variance + first.one_minus_alpha_bar();
        let entropy =
            |variance: f64| 0.5 * (std::f64::consts::TAU * std::f64::consts::E * variance).ln();
        nats += 0.5 * (std::f64::consts::TAU.ln() + second_moment)
            - entropy(first.one_minus_alpha_bar());
        for row in plan.stages() {
            let (a, p) = (row.level.alpha_bar(), row.next_level.alpha_bar());
            let of_a = a * variance + 1.0 - a;
            // The row takes x to gain·x, and adds noise.
            let x0_gain = a.sqrt() * variance / of_a;
            let eps_gain = (1.0 - a).sqrt() / of_a;
            if row.next_level.is_clean() {
                // p(x_0|x_1) = N(x̂₀, (1−a)/a).
                let spread = (1.0 - a) / a;
                let miss =
                    variance - 2.0 * x0_gain * a.sqrt() * variance + x0_gain * x0_gain * of_a;
                nats += 0.5 * (std::f64::consts::TAU * spread).ln() + miss / (2.0 * spread);
                continue;
            }
            let sigma = row.noise_scale;
            let gain = row.x0_scale * x0_gain + row.eps_scale * eps_gain;
            // x_p = √p·x_0 + c·(x_a − √a·x_0) + σ·z under q.
            let c = ((1.0 - p - sigma * sigma) / (1.0 - a)).sqrt();
            let of_p = p * variance + 1.0 - p;
            let across = (p.sqrt() - c * a.sqrt()) * a.sqrt() * variance + c * of_a;
            let miss = of_p - 2.0 * gain * across + gain * gain * of_a;
            nats += 0.5 * (std::f64::consts::TAU * sigma * sigma).ln()
                + miss / (2.0 * sigma * sigma)
                - entropy(sigma * sigma);
        }
        let (found, expected) = (found.total(), to_bits(nats));
        let least = to_bits(entropy(variance));
        assert!(
            expected > least,
            "a bound above the entropy: {expected} {least}"
        );
        assert!(
            (found - expected).abs() < 0.02 * (expected - least).max(0.1),
            "η = {eta}, S = {steps}: {found}, not {expected}"
        );
    }
}

/// DDPM's own form: the means of two posteriors, `√p·β/(1−a)·x_0 + √α·(1−p)/(1−a)·x`, with `x_0`
/// and with the network's `x̂₀`, and the variance `β·(1−p)/(1−a)`, on the same noise, for data of
/// more than one dimension and a network that is wrong.
#[test]
fn each_term_is_the_divergence_of_two_posteriors() {
    let means = vec![vec![0.7, -0.4, 0.1], vec![-0.5, 0.3, -0.2]];
    let mixture = GaussianMixture::new(&[1.0, 2.0], means, vec![0.05, 0.01]).expect("a mixture");
    let network = MixtureDenoiser::new(mixture, PredictionType::Epsilon);
    let data = normals(4, 40 * 3);
    let plan = plan(SamplerKind::Ddpm, 12);
    let seed = 21;
    let found = variational_bound(&network, &plan, &data, None, seed).expect("a bound");
    let (_, rows) = plan.stages().split_last().expect("rows");
    for (row, found) in rows.iter().zip(&found.steps) {
        let (a, p) = (row.level.alpha_bar(), row.next_level.alpha_bar());
        let (alpha, beta) = (a / p, 1.0 - a / p);
        let variance = beta * (1.0 - p) / (1.0 - a);
        let mut nats = 0.0;
        for (sample, x0) in data.as_chunks::<3>().0.iter().enumerate() {
            let (mut z, mut x, mut out) = ([0.0; 3], [0.0; 3], [0.0; 3]);
            fill_normals(seed, sample as u64, row.draw, &mut z);
            Forward::marginal(row.level).apply(x0, &z, &mut x);
            network.predict(row, None, &x, &mut out);
            for i in 0..3 {
                let [x0, x, out] = [x0[i], x[i], out[i]].map(f64::from);
                let x0_hat = (x - (1.0 - a).sqrt() * out) / a.sqrt();
                let mean = |x0: f64| {
                    p.sqrt() * beta / (1.0 - a) * x0 + alpha.sqrt() * (1.0 - p) / (1.0 - a) * x
                };
                nats += (mean(x0) - mean(x0_hat)).powi(2) / (2.0 * variance);
            }
        }
        let expected = to_bits(nats) / data.len() as f64;
        assert!(
            (found - expected).abs() < 1e-5 * expected,
            "row {}: {found}, not {expected}",
            row.index
        );
    }
}

/// Any engine's estimate of x̂₀ will do, and its error comes through.
#[test]
fn an_estimate_may_fail() {
    let plan = plan(SamplerKind::Ddpm, 3);
    let bound = VariationalBound::new(&plan, None).expect("a bound");
    let mut rows = Vec::new();
    let result = bound.of_data(&[0.1, 0.2], 1, 0, |row, states: &[f32]| {
        rows.push(row);
        if row == 1 {
            Err("no network")
        } else {
            Ok(states.to_vec())
        }
    });
    assert_eq!(result, Err("no network"));
    assert_eq!(rows, [0, 1]);
}

/// A fault in the estimate raises the bound: nothing here is blind.
#[test]
fn a_worse_network_has_a_higher_bound() {
    let network = MixtureDenoiser::new(
        GaussianMixture::gaussian(vec![0.0], 0.25).expect("a Gaussian"),
        PredictionType::Epsilon,
    );
    let data: Vec<f32> = normals(6, 2000).iter().map(|z| 0.5 * z).collect();
    let plan = plan(SamplerKind::Ddpm, 20);
    let bound = VariationalBound::new(&plan, None).expect("a bound");
    let estimate = |row: &StageCoefficients, x: f32, factor: f64| {
        let mut out = [0.0];
        network.predict(row, None, &[x], &mut out);
        (row.x0_from_x * f64::from(x) + row.x0_from_out * f64::from(out[0]) * factor) as f32
    };
    let total = |factor: f64| {
        let found = bound.of_data(&data, 1, 9, |row, states: &[f32]| {
            let row = &plan.stages()[row];
            let estimates = states.iter().map(|&x| estimate(row, x, factor));
            Ok::<_, std::convert::Infallible>(estimates.collect())
        });
        found.expect("it cannot fail").total()
    };
    let (right, wrong) = (total(1.0), total(1.05));
    assert!(wrong > right + 0.01, "{right} {wrong}");
}
