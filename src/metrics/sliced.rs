//! The sliced Wasserstein distance between two sets of samples.

use crate::noise::{INITIAL_DRAW, fill_normals};

/// The sliced Wasserstein-2 distance, `(mean over directions of ∫|F⁻¹ − G⁻¹|²)^½` (Rabin et al.
/// 2011), in the data's units, at least 0.
///
/// `a` and `b` are `[samples, dims]`, of any numbers of samples; every sample of a set has the same
/// weight. `projections` directions are drawn from `seed`, so two calls with one seed compare along
/// the same ones. Two sets of `n` samples of one distribution in `D` dimensions are about `√(1/n)`
/// of their spread apart, which is what an observed distance is to be compared with.
///
/// # Panics
/// If a set is empty, not of whole samples, or has a value that is not a number.
#[must_use]
pub fn sliced_wasserstein(a: &[f32], b: &[f32], dims: usize, projections: usize, seed: u64) -> f64 {
    check(a, dims);
    check(b, dims);
    let mut direction = vec![0.0; dims];
    let mut total = 0.0;
    for index in 0..projections {
        fill_normals(seed, index as u64, INITIAL_DRAW, &mut direction);
        let norm: f64 = direction.iter().map(|&v| f64::from(v).powi(2)).sum();
        total += transport(&projected(a, &direction), &projected(b, &direction)) / norm;
    }
    (total / projections.max(1) as f64).sqrt()
}

fn projected(samples: &[f32], direction: &[f32]) -> Vec<f64> {
    let dot = |sample: &[f32]| -> f64 {
        let products = std::iter::zip(sample, direction);
        products.map(|(&x, &d)| f64::from(x) * f64::from(d)).sum()
    };
    let mut values: Vec<f64> = samples.chunks_exact(direction.len()).map(dot).collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// `∫₀¹|F⁻¹ − G⁻¹|²` of two sorted lists, whose quantile functions are steps.
fn transport(a: &[f64], b: &[f64]) -> f64 {
    // In units of 1/(a.len()·b.len()), so that the steps' ends are whole numbers.
    let (mut i, mut j, mut at) = (0, 0, 0);
    let mut total = 0.0;
    while i < a.len() && j < b.len() {
        let (end_a, end_b) = ((i + 1) * b.len(), (j + 1) * a.len());
        let end = end_a.min(end_b);
        total += (end - at) as f64 * (a[i] - b[j]).powi(2);
        at = end;
        i += usize::from(end == end_a);
        j += usize::from(end == end_b);
    }
    total / (a.len() * b.len()) as f64
}

pub(super) fn check(samples: &[f32], dims: usize) {
    assert!(
        dims > 0 && !samples.is_empty() && samples.len().is_multiple_of(dims),
        "{} values are no samples of {dims}",
        samples.len()
    );
    assert!(
        samples.iter().all(|value| !value.is_nan()),
        "a value is not a number"
    );
}
