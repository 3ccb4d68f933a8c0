//! Twin of the product.

/// `y ← y · (offset + factor)`.
pub fn multiply(offset: f64, factor: &[f32], y: &mut [f32]) {
    assert_eq!(factor.len(), y.len());
    for (y, factor) in y.iter_mut().zip(factor) {
        *y *= offset as f32 + factor;
    }
}
