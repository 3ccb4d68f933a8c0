//! What a session makes.

/// Samples in memory, `[count, …sample_shape]` f32 in C order. Data live in [−1, 1].
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    values: Vec<f32>,
    sample_shape: Vec<usize>,
}

impl Samples {
    /// Values of whole samples of one shape.
    ///
    /// # Panics
    /// If the values are not a multiple of a sample's.
    #[must_use]
    pub fn new(values: Vec<f32>, sample_shape: &[usize]) -> Self {
        let dims: usize = sample_shape.iter().product();
        assert!(
            dims > 0 && values.len().is_multiple_of(dims),
            "{} values are no whole number of samples of shape {sample_shape:?}",
            values.len()
        );
        Self {
            values,
            sample_shape: sample_shape.to_vec(),
        }
    }

    /// Number of samples.
    #[must_use]
    pub fn count(&self) -> usize {
        self.values.len() / self.dims()
    }

    /// `[d]` or `[channels, height, width]`.
    #[must_use]
    pub fn sample_shape(&self) -> &[usize] {
        &self.sample_shape
    }

    /// `[count, …sample_shape]`.
    #[must_use]
    pub fn shape(&self) -> Vec<usize> {
        [&[self.count()], &self.sample_shape[..]].concat()
    }

    /// Values in one sample.
    #[must_use]
    pub fn dims(&self) -> usize {
        self.sample_shape.iter().product()
    }

    /// All values, `[count, D]`.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All values, `[count, D]`, without a copy.
    #[must_use]
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// The samples, each `[D]`.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.dims())
    }

    /// Samples with a value that is infinite or not a number.
    #[must_use]
    pub fn non_finite(&self) -> usize {
        let finite = |sample: &&[f32]| sample.iter().all(|value| value.is_finite());
        self.count() - self.iter().filter(finite).count()
    }
}
