//! Weights as numbers in memory.

/// A matrix of `rows × cols` values, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Rows; outputs, in a weight.
    pub rows: usize,
    /// Columns; inputs, in a weight.
    pub cols: usize,
    /// `rows × cols` values, row after row.
    pub data: Vec<f32>,
}

impl Matrix {
    /// One row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.data[row * self.cols..][..self.cols]
    }
}

/// `y = weight · x + bias`.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// `[out, in]`, as in `torch.nn.Linear`.
    pub weight: Matrix,
    /// `[out]`.
    pub bias: Vec<f32>,
}
