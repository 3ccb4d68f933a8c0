//! The Fréchet distance of Gaussians for which it is known.

use ddim_wgpu::metrics::{Moments, MomentsError, frechet_distance};

use super::normals;

/// Moments with this mean and covariance, by way of a file.
fn moments(mean: &[f32], covariance: &[f32]) -> Moments {
    let dims = mean.len();
    // Two points at ±1 have variance 2; moments of anything else come through a file.
    let mut moments = Moments::of(&vec![0.5; 2 * dims], dims).expect("two samples");
    moments.mean = mean.iter().map(|&value| value.into()).collect();
    moments.covariance = covariance.iter().map(|&value| value.into()).collect();
    let bytes = moments.to_safetensors().expect("a file");
    Moments::from_safetensors(&bytes, dims).expect("the same")
}

/// `q·diag(values)·qᵀ` of a rotation by `angle` in the plane.
fn rotated(angle: f32, values: [f32; 2]) -> [f32; 4] {
    let (sin, cos) = angle.sin_cos();
    let [a, b] = values;
    let off = (a - b) * sin * cos;
    [
        a * cos * cos + b * sin * sin,
        off,
        off,
        a * sin * sin + b * cos * cos,
    ]
}

#[track_caller]
fn assert_close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() < 1e-5 * expected.max(1.0),
        "{found}, not {expected}"
    );
}

#[test]
fn of_one_dimension_it_is_that_of_means_and_deviations() {
    let (a, b) = (moments(&[1.5], &[4.0]), moments(&[-0.5], &[0.25]));
    assert_close(frechet_distance(&a, &b), 4.0 + (2.0_f64 - 0.5).powi(2));
    assert_close(frechet_distance(&b, &a), 4.0 + 2.25);
    assert_close(frechet_distance(&a, &a), 0.0);
}

/// Where the covariances commute, deviations along the common axes are compared.
#[test]
fn of_common_axes_it_is_that_of_each_axis() {
    let a = moments(&[0.0, 0.0], &rotated(0.7, [9.0, 1.0]));
    let b = moments(&[0.3, -0.4], &rotated(0.7, [4.0, 0.25]));
    assert_close(frechet_distance(&a, &b), 0.25 + 1.0 + 0.25);
}

/// In the plane `tr (C₁C₂)^½ = √(tr(C₁C₂) + 2·√(det C₁·det C₂))`, also where they do not
/// commute, and where one is flat.
#[test]
fn in_the_plane_there_is_a_closed_form() {
    for (first, second, angle) in [
        ([9.0, 1.0], [4.0, 0.25], 0.9),
        ([2.0, 0.5], [0.1, 3.0], 2.2),
        ([5.0, 0.0], [1.0, 2.0], 0.4),
        ([1.0, 0.0], [1.0, 0.0], 1.1),
    ] {
        let (a, b) = (rotated(0.0, first), rotated(angle, second));
        let [a, b] = [a, b].map(|matrix| matrix.map(f64::from));
        let product_trace = a[0] * b[0] + a[1] * b[2] + a[2] * b[1] + a[3] * b[3];
        let det = |m: [f64; 4]| (m[0] * m[3] - m[1] * m[2]).max(0.0);
        let root = (product_trace + 2.0 * (det(a) * det(b)).sqrt()).sqrt();
        let expected = a[0] + a[3] + b[0] + b[3] - 2.0 * root;
        let of = |m: [f64; 4]| moments(&[0.0; 2], &m.map(|value| value as f32));
        let found = frechet_distance(&of(a), &of(b));
        assert!((found - expected).abs() < 2e-3, "{found}, not {expected}");
    }
}

/// Samples of two Gaussians are as far apart as the Gaussians, and closer to it the more there are.
#[test]
fn of_samples_it_comes_down_to_the_truth() {
    const DIMS: usize = 8;
    let sample = |seed, count: usize| {
        let mut values = normals(seed, count * DIMS);
        for vector in values.chunks_exact_mut(DIMS) {
            // Deviations 1 … 2, and the second coordinate leans on the first.
            for (i, value) in vector.iter_mut().enumerate() {
                *value *= 1.0 + i as f32 / 7.0;
            }
            vector[1] += 0.5 * vector[0];
        }
        Moments::of(&values, DIMS).expect("samples")
    };
    let bias = |count| frechet_distance(&sample(1, count), &sample(2, count));
    let (few, many) = (bias(500), bias(8000));
    assert!(few > 6.0 * many, "{few} {many}");
    assert!(many < 0.02, "{many}");

    let moments = sample(3, 20_000);
    assert!((moments.covariance[0] - 1.0).abs() < 0.04);
    assert!((moments.covariance[1] - 0.5).abs() < 0.04);
    assert_eq!(moments.covariance[1], moments.covariance[DIMS]);
}

#[test]
fn moments_need_samples_and_numbers() {
    assert!(matches!(
        Moments::of(&[1.0, 2.0], 2),
        Err(MomentsError::TooFew { count: 1 })
    ));
    assert!(matches!(
        Moments::of(&[1.0, f32::NAN], 1),
        Err(MomentsError::NonFinite { index: 1, .. })
    ));
    let bytes = Moments::of(&[0.0, 1.0], 1).expect("two").to_safetensors();
    assert!(matches!(
        Moments::from_safetensors(&bytes.expect("a file"), 2),
        Err(MomentsError::File(_))
    ));
}
