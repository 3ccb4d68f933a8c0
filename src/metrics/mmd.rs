//! The maximum mean discrepancy between two sets of samples.

use super::sliced::check;

/// Most samples of a set that the median distance is taken over.
const MEDIAN_SAMPLES: usize = 2000;

/// What [`mmd`] found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mmd {
    /// The unbiased estimate of the squared discrepancy; 0 on average where the distributions are
    /// one, and then also negative.
    pub squared: f64,
    /// The kernel's bandwidth, in the data's units.
    pub bandwidth: f64,
}

/// The squared maximum mean discrepancy with the kernel `exp(−|x − y|²/(2h²))`, unbiased (Gretton
/// et al. 2012, equation 3).
///
/// `a` and `b` are `[samples, dims]`, at least two samples each. The bandwidth `h`, above 0, is
/// [`median_distance`] of `a` and `b` unless given; give it where several sets are compared with
/// one. Takes time by the product of the sample counts, and no memory.
///
/// # Panics
/// If a set has fewer than two samples, is not of whole samples, or has a value that is not a
/// number.
#[must_use]
pub fn mmd(a: &[f32], b: &[f32], dims: usize, bandwidth: Option<f64>) -> Mmd {
    check(a, dims);
    check(b, dims);
    let (count_a, count_b) = (a.len() / dims, b.len() / dims);
    assert!(count_a.min(count_b) >= 2, "two samples of each");
    let bandwidth = bandwidth.unwrap_or_else(|| median_distance(a, b, dims));
    let scale = -0.5 / (bandwidth * bandwidth);
    let kernel = |x: &[f32], y: &[f32]| (scale * squared_distance(x, y)).exp();
    // Pairs of two different samples, each once.
    let within = |samples: &[f32], count: usize| {
        let mut sum = 0.0;
        for (i, x) in samples.chunks_exact(dims).enumerate() {
            let rest = samples[(i + 1) * dims..].chunks_exact(dims);
            sum += rest.map(|y| kernel(x, y)).sum::<f64>();
        }
        2.0 * sum / (count as f64 * (count - 1) as f64)
    };
    let mut across = 0.0;
    for x in a.chunks_exact(dims) {
        across += b.chunks_exact(dims).map(|y| kernel(x, y)).sum::<f64>();
    }
    let across = across / (count_a as f64 * count_b as f64);
    Mmd {
        squared: within(a, count_a) + within(b, count_b) - 2.0 * across,
        bandwidth,
    }
}

/// The median distance between a sample of `a` and one of `b`, each `[samples, dims]`, in the
/// data's units: the usual bandwidth of [`mmd`]. Of a set of more than 2,000 samples only so many
/// are used, evenly spread; of sets of one point each it is 1.
///
/// # Panics
/// If a set is empty, not of whole samples, or has a value that is not a number.
#[must_use]
pub fn median_distance(a: &[f32], b: &[f32], dims: usize) -> f64 {
    check(a, dims);
    check(b, dims);
    let thinned = |samples: &[f32]| samples.len().div_ceil(dims * MEDIAN_SAMPLES);
    let (step_a, step_b) = (thinned(a), thinned(b));
    let mut squares: Vec<f64> = a
        .chunks_exact(dims)
        .step_by(step_a)
        .flat_map(|x| {
            let others = b.chunks_exact(dims).step_by(step_b);
            others.map(|y| squared_distance(x, y))
        })
        .collect();
    let middle = squares.len() / 2;
    let (_, median, _) = squares.select_nth_unstable_by(middle, f64::total_cmp);
    // Sets of one point each have no scale; any will do.
    if *median > 0.0 { median.sqrt() } else { 1.0 }
}

fn squared_distance(x: &[f32], y: &[f32]) -> f64 {
    std::iter::zip(x, y)
        .map(|(x, y)| (f64::from(*x) - f64::from(*y)).powi(2))
        .sum()
}
