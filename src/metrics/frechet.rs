//! The Fréchet distance between two Gaussians.

use nalgebra::{DMatrix, SymmetricEigen};

use super::moments::Moments;

/// The squared Fréchet (Wasserstein-2) distance between the Gaussians of these moments (Dowson and
/// Landau 1982), at least 0: `|m₁ − m₂|² + tr(C₁ + C₂ − 2·(C₁^½·C₂·C₁^½)^½)`.
///
/// It is what is known of two sets of images as FID where the vectors are features of Inception-v3;
/// of other features it is another number, comparable with none of those. Estimated from `n`
/// samples it is too large on average, by an amount that falls as `1/n`, so only figures of one
/// sample count are to be compared.
///
/// # Precision
/// Both roots are by eigenvalues of symmetric matrices, those that rounding has made negative taken
/// as 0: about 1e-7 of the traces.
///
/// # Panics
/// If the moments are of vectors of different sizes.
#[must_use]
pub fn frechet_distance(a: &Moments, b: &Moments) -> f64 {
    let dims = a.dims();
    assert_eq!(dims, b.dims(), "moments of vectors of one size");
    let apart: f64 = std::iter::zip(&a.mean, &b.mean)
        .map(|(a, b)| (a - b).powi(2))
        .sum();
    let matrix = |values: &[f64]| DMatrix::from_row_slice(dims, dims, values);
    let (first, second) = (matrix(&a.covariance), matrix(&b.covariance));
    let root = square_root(&first);
    let mut product = &root * &second * &root;
    // Symmetric but for rounding.
    product = (&product + product.transpose()) * 0.5;
    let overlap: f64 = SymmetricEigen::new(product)
        .eigenvalues
        .iter()
        .map(|value| value.max(0.0).sqrt())
        .sum();
    (apart + first.trace() + second.trace() - 2.0 * overlap).max(0.0)
}

/// The positive root of a symmetric matrix that has no eigenvalue below 0.
fn square_root(matrix: &DMatrix<f64>) -> DMatrix<f64> {
    let SymmetricEigen {
        eigenvectors,
        eigenvalues,
    } = SymmetricEigen::new(matrix.clone());
    let roots = DMatrix::from_diagonal(&eigenvalues.map(|value| value.max(0.0).sqrt()));
    &eigenvectors * roots * eigenvectors.transpose()
}
