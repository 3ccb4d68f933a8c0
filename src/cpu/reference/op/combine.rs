//! Twin of the weighted sum.

/// Adds `weight · x` to `y`.
pub fn combine(weight: f64, x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), y.len());
    for (y, x) in y.iter_mut().zip(x) {
        *y += weight as f32 * x;
    }
}
