//! Data of which a part is kept while the rest is made: inpainting.

use std::ops::Range;

use super::error::BatchError;

/// Data for a run to keep, and where to keep them.
///
/// After every row, and at the start, the state becomes `m·x + (1 − m)·(√ᾱ·data + √(1−ᾱ)·z)`, with
/// `ᾱ` of the level the state is at and `z` of draw 0, the noise that also starts the run: one path
/// from noise to the data, the same at every level, as diffusers' inpainting pipelines have it.
/// After the last row, whichever level that goes to, the data themselves replace the noisy ones; so
/// where `m` is 0 a run returns them bit for bit.
///
/// The rest is made with the kept part in view, but not drawn from the exact conditional
/// distribution: a network that was trained for whole samples knows nothing of a mask.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Inpaint {
    /// The data, `[count, D]`, finite. Where `mask` is 1 they do not matter.
    pub data: Vec<f32>,
    /// `m`, `[count, D]`, in `[0, 1]`: 0 keeps the data, 1 makes new ones, what lies between is a
    /// share.
    pub mask: Vec<f32>,
}

impl Inpaint {
    /// Keeps `data`, `[count, D]`, where `mask`, of the same shape, is 0.
    #[must_use]
    pub fn new(data: Vec<f32>, mask: Vec<f32>) -> Self {
        Self { data, mask }
    }

    /// The part that belongs to samples `range` of `count`.
    pub(crate) fn part(&self, range: Range<usize>, count: usize) -> Self {
        let part = |values: &[f32]| {
            let dims = values.len() / count.max(1);
            values[range.start * dims..range.end * dims].to_vec()
        };
        Self::new(part(&self.data), part(&self.mask))
    }

    /// Checks for a batch of `count` samples of `dims` values.
    pub(crate) fn validate(&self, count: usize, dims: usize) -> Result<(), BatchError> {
        for (what, values) in [("data to keep", &self.data), ("mask", &self.mask)] {
            if values.len() != count * dims {
                return Err(BatchError::InpaintLength {
                    what,
                    found: values.len(),
                    count,
                    dims,
                });
            }
        }
        if let Some(index) = self.data.iter().position(|value| !value.is_finite()) {
            let value = self.data[index];
            return Err(BatchError::InpaintValue { index, value });
        }
        match self.mask.iter().position(|m| !(0.0..=1.0).contains(m)) {
            Some(index) => Err(BatchError::MaskValue {
                index,
                value: self.mask[index],
            }),
            None => Ok(()),
        }
    }
}
