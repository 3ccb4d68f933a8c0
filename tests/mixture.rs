//! The closed forms: ε is the slope of the density, the three kinds of output agree,
//! nothing far away is NaN.

use ddim_wgpu::diffusion::{NoiseLevel, PredictionType};
use ddim_wgpu::network::{GaussianMixture, MixtureError};

fn mixture() -> GaussianMixture {
    let means = vec![vec![0.5, -0.25, 1.0], vec![-1.0, 0.0, 0.2]];
    GaussianMixture::new(&[3.0, 1.0], means, vec![0.04, 0.3]).expect("a mixture")
}

fn level(alpha_bar: f64) -> NoiseLevel {
    NoiseLevel::from_alpha_bar(alpha_bar).expect("a level")
}

fn output(prediction: PredictionType, alpha_bar: f64, x: &[f64]) -> Vec<f64> {
    let mut out = vec![f64::NAN; x.len()];
    mixture().predict(prediction, level(alpha_bar), x, &mut out);
    out
}

/// ln p(x) of the mixture above at ᾱ, written out.
fn ln_density(alpha_bar: f64, x: &[f64]) -> f64 {
    let component = |weight: f64, mean: [f64; 3], variance: f64| {
        let spread = alpha_bar * variance + 1.0 - alpha_bar;
        let squares =
            std::iter::zip(x, mean).map(|(x, mean)| (x - alpha_bar.sqrt() * mean).powi(2));
        weight * spread.powf(-1.5) * (-0.5 * squares.sum::<f64>() / spread).exp()
    };
    (component(0.75, [0.5, -0.25, 1.0], 0.04) + component(0.25, [-1.0, 0.0, 0.2], 0.3)).ln()
}

#[test]
fn epsilon_is_the_slope_of_the_density() {
    for alpha_bar in [0.999, 0.7, 0.2, 0.01] {
        for x in [[0.1, 0.2, 0.3], [-0.8, 0.4, 0.1], [0.6, -0.2, 0.9]] {
            let epsilon = output(PredictionType::Epsilon, alpha_bar, &x);
            for (i, epsilon) in epsilon.iter().enumerate() {
                let shifted = |by: f64| {
                    let mut x = x;
                    x[i] += by;
                    ln_density(alpha_bar, &x)
                };
                let slope = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
                let expected = -(1.0 - alpha_bar).sqrt() * slope;
                assert!(
                    (epsilon - expected).abs() < 1e-7 * expected.abs().max(1.0),
                    "{epsilon}, not {expected}"
                );
            }
        }
    }
}

#[test]
fn the_three_kinds_of_output_are_one() {
    for alpha_bar in [0.9999_f64, 0.5, 1e-4] {
        let (signal, noise) = (alpha_bar.sqrt(), (1.0 - alpha_bar).sqrt());
        let x = [0.3, -0.1, 0.7];
        let epsilon = output(PredictionType::Epsilon, alpha_bar, &x);
        let clean = output(PredictionType::Sample, alpha_bar, &x);
        let velocity = output(PredictionType::VPrediction, alpha_bar, &x);
        for i in 0..3 {
            let close = |found: f64, expected: f64| {
                assert!(
                    (found - expected).abs() < 1e-12,
                    "ᾱ {alpha_bar}: {found}, not {expected}"
                );
            };
            close(signal * clean[i] + noise * epsilon[i], x[i]);
            close(velocity[i], signal * epsilon[i] - noise * clean[i]);
        }
    }
}

/// Where every component's density underflows, the nearest still decides.
#[test]
fn far_away_the_nearest_component_decides() {
    let x = [1e3, 1e3, 1e3];
    let clean = output(PredictionType::Sample, 0.999, &x);
    // The wider component: mean and slope by hand.
    let spread = 0.999 * 0.3 + 0.001;
    let expected = -1.0 + 0.999_f64.sqrt() * 0.3 / spread * (1e3 + 0.999_f64.sqrt());
    assert!(
        (clean[0] - expected).abs() < 1e-6,
        "{}, not {expected}",
        clean[0]
    );
}

/// At pure noise the data's mean is all that is known.
#[test]
fn pure_noise_gives_the_mean() {
    let level = NoiseLevel::from_alpha_bar(0.0).expect("pure noise");
    let mut clean = [f64::NAN; 3];
    mixture().predict(PredictionType::Sample, level, &[5.0, -5.0, 0.0], &mut clean);
    let mean = [0.75 * 0.5 - 0.25, 0.75 * -0.25, 0.75 + 0.25 * 0.2];
    for (found, expected) in clean.iter().zip(mean) {
        assert!((found - expected).abs() < 1e-15, "{found}, not {expected}");
    }
}

#[test]
fn mixtures_that_are_none_are_refused() {
    let refused = |weights: &[f64], means: Vec<Vec<f64>>, variances: Vec<f64>| {
        GaussianMixture::new(weights, means, variances).expect_err("not a mixture")
    };
    assert!(matches!(refused(&[], vec![], vec![]), MixtureError::Empty));
    assert!(matches!(
        refused(&[1.0], vec![vec![]], vec![1.0]),
        MixtureError::Empty
    ));
    assert!(matches!(
        refused(&[1.0], vec![vec![0.0]], vec![]),
        MixtureError::Lengths { .. }
    ));
    let uneven = vec![vec![0.0], vec![0.0, 1.0]];
    assert!(matches!(
        refused(&[1.0; 2], uneven, vec![1.0; 2]),
        MixtureError::Dims { index: 1, .. }
    ));
    for (weight, mean, variance) in [
        (0.0, 0.0, 1.0),
        (-1.0, 0.0, 1.0),
        (f64::NAN, 0.0, 1.0),
        (1.0, f64::INFINITY, 1.0),
        (1.0, 0.0, -1e-9),
    ] {
        let error = refused(&[weight], vec![vec![mean]], vec![variance]);
        assert!(
            matches!(error, MixtureError::Number { index: 0, .. }),
            "{error}"
        );
    }
}
