//! Twin of the linear operation.

use std::ops::Range;

use crate::network::Matrix;

/// Adds to `y` the product of some rows and columns of a matrix with `x`.
pub fn linear(matrix: &Matrix, rows: Range<usize>, cols: Range<usize>, x: &[f32], y: &mut [f32]) {
    assert_eq!((rows.len(), cols.len()), (y.len(), x.len()));
    for (row, y) in rows.zip(y) {
        let weights = &matrix.row(row)[cols.clone()];
        *y += std::iter::zip(weights, x).map(|(w, x)| w * x).sum::<f32>();
    }
}
