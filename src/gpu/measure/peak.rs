//! The rates that bound a sampler.

use crate::gpu::device::cooperative_matrix::MatrixUnits;
use crate::gpu::device::precision::Precision;

/// A rate that bounds a sampler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Peak {
    /// Multiplications and additions in f32, a multiply-add counting as two: FLOP/s.
    MultiplyAdd,
    /// Multiplications and additions of matrix units: FLOP/s.
    Matrix(MatrixUnits),
    /// Memory copied within a cache, counting what is read and what is written: B/s.
    CopyCached,
    /// Memory copied beyond any cache, 256 MiB or what one binding can hold: B/s.
    CopyLarge,
    /// Normals made by Philox and the inverse CDF: 1/s.
    Normals,
    /// Dispatches that wait for one another: 1/s.
    DependentDispatch,
    /// Submissions of nothing, each waited for: 1/s.
    EmptySubmit,
}

impl Peak {
    /// The peaks that every device has.
    pub const ALL: [Self; 6] = [
        Self::MultiplyAdd,
        Self::CopyCached,
        Self::CopyLarge,
        Self::Normals,
        Self::DependentDispatch,
        Self::EmptySubmit,
    ];

    /// Name of the rate.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MultiplyAdd => "multiply-add",
            Self::Matrix(units) => match units.precision() {
                Precision::Single => "matrix multiply-add, f32",
                Precision::Half => "matrix multiply-add, f16",
            },
            Self::CopyCached => "copy, cached",
            Self::CopyLarge => "copy, large",
            Self::Normals => "normals",
            Self::DependentDispatch => "dependent dispatch",
            Self::EmptySubmit => "empty submit",
        }
    }

    /// The unit of what is done in a second.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::MultiplyAdd | Self::Matrix(_) => "FLOP",
            Self::CopyCached | Self::CopyLarge => "B",
            Self::Normals => "normals",
            Self::DependentDispatch => "dispatches",
            Self::EmptySubmit => "submits",
        }
    }
}
