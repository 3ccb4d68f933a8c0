//! Twin of the affine map with numbers of the network.

/// `y ← y · scale + shift`.
pub fn scale(scale: &[f64], shift: &[f64], y: &mut [f32]) {
    assert_eq!((scale.len(), shift.len()), (y.len(), y.len()));
    for (y, (scale, shift)) in y.iter_mut().zip(scale.iter().zip(shift)) {
        *y = *y * *scale as f32 + *shift as f32;
    }
}
