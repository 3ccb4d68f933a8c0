//! Distances of known sets.

use ddim_wgpu::metrics::{median_distance, mmd, sliced_wasserstein};

use super::normals;

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

/// Thinned sets have the median of the whole.
#[test]
fn the_median_of_many_is_that_of_few() {
    let (a, b) = (normals(1, 6000), normals(2, 9000));
    let (thinned, few) = (
        median_distance(&a, &b, 1),
        median_distance(&a[..1500], &b[..1500], 1),
    );
    assert!((thinned - 0.954).abs() < 0.05, "{thinned}");
    assert!((few - 0.954).abs() < 0.08, "{few}");
    assert_eq!(median_distance(&[2.0; 4], &[2.0; 6], 2), 1.0);
}
