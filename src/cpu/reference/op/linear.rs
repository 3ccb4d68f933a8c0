//! Twin of the linear operation.

use std::ops::Range;

use crate::network::Matrix;

/// Adds to `y` the product of some rows and columns of a matrix with `x`, of both as they are
/// `stored` for it.
pub fn linear(
    matrix: &Matrix,
    [rows, cols]: [Range<usize>; 2],
    stored: fn(f32) -> f32,
    x: &[f32],
    y: &mut [f32],
) {
    assert_eq!((rows.len(), cols.len()), (y.len(), x.len()));
    for (row, y) in rows.zip(y) {
        let weights = &matrix.row(row)[cols.clone()];
        let products = std::iter::zip(weights, x).map(|(&w, &x)| stored(w) * stored(x));
        *y += products.sum::<f32>();
    }
}
