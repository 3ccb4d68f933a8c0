//! The sliced Wasserstein distance between two sets of points of equal size.

use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardNormal};

/// Directions averaged over.
pub(crate) const PROJECTIONS: usize = 256;

/// `(mean over directions of ∫|F⁻¹ − G⁻¹|² )^½`, that is sliced W₂, in the data's units.
///
/// # Panics
/// When the sets differ in length.
pub(crate) fn sliced(a: &[[f32; 2]], b: &[[f32; 2]], rng: &mut StdRng) -> f64 {
    assert_eq!(a.len(), b.len(), "sets of equal size");
    let mut total = 0.0;
    for _ in 0..PROJECTIONS {
        let direction: [f32; 2] = std::array::from_fn(|_| StandardNormal.sample(rng));
        let norm = direction[0].hypot(direction[1]);
        let project = |points: &[[f32; 2]]| {
            let mut values: Vec<f32> = points
                .iter()
                .map(|p| (p[0] * direction[0] + p[1] * direction[1]) / norm)
                .collect();
            values.sort_by(f32::total_cmp);
            values
        };
        let (a, b) = (project(a), project(b));
        let squares = a.iter().zip(&b).map(|(a, b)| f64::from(a - b).powi(2));
        total += squares.sum::<f64>() / a.len() as f64;
    }
    (total / PROJECTIONS as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    /// A shift by d moves every projection by d·cos θ: the distance is |d|/√2 in the plane.
    #[test]
    fn of_a_shift_is_its_length_over_root_two() {
        let mut rng = StdRng::seed_from_u64(1);
        let a: Vec<[f32; 2]> = (0..100).map(|i| [i as f32 * 0.01, 0.5]).collect();
        let b: Vec<[f32; 2]> = a.iter().map(|p| [p[0], p[1] + 0.3]).collect();
        let distance = sliced(&a, &b, &mut rng);
        assert!((distance - 0.3 / 2.0_f64.sqrt()).abs() < 0.02, "{distance}");
    }
}
