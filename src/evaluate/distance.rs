//! Distances between two sets of samples.

use crate::noise::{INITIAL_DRAW, fill_normals};

/// The sliced Wasserstein-2 distance, `(mean over directions of ∫|F⁻¹ − G⁻¹|²)^½` (Rabin et al. 2011), in the data's units, at least 0.
///
/// `a` and `b` are `[samples, dims]`, of any numbers of samples; every sample of a set has the same weight. `projections` directions
/// are drawn from `seed`, so two calls with one seed compare along the same ones. Two sets of `n` samples of one distribution in
/// `D` dimensions are about `√(1/n)` of their spread apart, which is what an observed distance is to be compared with.
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

/// What [`mmd`] found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mmd {
    /// The unbiased estimate of the squared discrepancy; 0 on average where the distributions are one, and then also negative.
    pub squared: f64,
    /// The kernel's bandwidth, in the data's units.
    pub bandwidth: f64,
}

/// The squared maximum mean discrepancy with the kernel `exp(−|x − y|²/(2h²))`, unbiased (Gretton et al. 2012, equation 3).
///
/// `a` and `b` are `[samples, dims]`, at least two samples each. The bandwidth `h` is the median distance between samples of `a` and `b`
/// unless given, above 0. Takes time and memory by the product of the sample counts.
///
/// # Panics
/// If a set has fewer than two samples, is not of whole samples, or has a value that is not a number.
#[must_use]
pub fn mmd(a: &[f32], b: &[f32], dims: usize, bandwidth: Option<f64>) -> Mmd {
    check(a, dims);
    check(b, dims);
    let (count_a, count_b) = (a.len() / dims, b.len() / dims);
    assert!(count_a.min(count_b) >= 2, "two samples of each");
    let across = distances(a, b, dims);
    let bandwidth = bandwidth.unwrap_or_else(|| {
        let mut sorted = across.clone();
        let middle = sorted.len() / 2;
        let (_, median, _) = sorted.select_nth_unstable_by(middle, f64::total_cmp);
        // Sets of one point each have no scale; any will do.
        if *median > 0.0 { median.sqrt() } else { 1.0 }
    });
    let kernel = |squared: &f64| (-squared / (2.0 * bandwidth * bandwidth)).exp();
    let within = |samples: &[f32], count: usize| {
        let all: f64 = distances(samples, samples, dims).iter().map(kernel).sum();
        // Without a sample's kernel with itself, which is 1.
        (all - count as f64) / (count * (count - 1)) as f64
    };
    let mixed: f64 = across.iter().map(kernel).sum::<f64>() / across.len() as f64;
    Mmd {
        squared: within(a, count_a) + within(b, count_b) - 2.0 * mixed,
        bandwidth,
    }
}

/// Squared distances of every sample of `a` to every one of `b`.
fn distances(a: &[f32], b: &[f32], dims: usize) -> Vec<f64> {
    let distance = |a: &[f32], b: &[f32]| -> f64 {
        std::iter::zip(a, b)
            .map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2))
            .sum()
    };
    a.chunks_exact(dims)
        .flat_map(|a| b.chunks_exact(dims).map(move |b| distance(a, b)))
        .collect()
}

fn check(samples: &[f32], dims: usize) {
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
