//! What a device can do at most: the rates that bound a sampler, each measured by a kernel that does nothing else.
//!
//! A kernel's speed says little by itself. Beside the rate that bounds it, it says how much is left to gain.

use wgpu::{Device, Queue};

use super::peak_kernels::Work;
use super::timing::{Stopwatch, Timed};
use crate::gpu::device::cooperative_matrix::MatrixUnits;
use crate::gpu::device::error::SamplerError;
use crate::gpu::program::options::Precision;

/// A rate that bounds a sampler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ceiling {
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

/// A ceiling as it was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Which.
    pub ceiling: Ceiling,
    /// What one repetition does, in the unit of the rate.
    pub work: f64,
    /// Every repetition, in order.
    pub times: Vec<Timed>,
}

impl Measured {
    /// The rates of all repetitions, the lowest first, per second.
    #[must_use]
    pub fn rates(&self) -> Vec<f64> {
        let mut rates: Vec<f64> = self.times.iter().map(|t| self.work / t.seconds()).collect();
        rates.sort_by(f64::total_cmp);
        rates
    }

    /// The median rate, per second.
    #[must_use]
    pub fn median(&self) -> f64 {
        let rates = self.rates();
        rates[rates.len() / 2]
    }
}

impl Ceiling {
    /// Those of every device.
    pub const ALL: [Self; 6] = [
        Self::MultiplyAdd,
        Self::CopyCached,
        Self::CopyLarge,
        Self::Normals,
        Self::DependentDispatch,
        Self::EmptySubmit,
    ];

    /// Its name.
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

    /// Measures it: a repetition to warm up, and `repetitions` that count. Submits, polls and blocks the calling thread.
    ///
    /// # Errors
    /// [`SamplerError::OutOfMemory`], [`SamplerError::Refused`], [`SamplerError::Timeout`], [`SamplerError::DeviceLost`].
    pub fn measure_blocking(
        self,
        device: &Device,
        queue: &Queue,
        repetitions: usize,
    ) -> Result<Measured, SamplerError> {
        let stopwatch = Stopwatch::new(device)?;
        let work = Work::new(self, device)?;
        let time = || {
            stopwatch.time_blocking(device, queue, |encoder| {
                if let Some(work) = &work {
                    work.record(encoder);
                }
            })
        };
        time()?;
        let times: Result<Vec<Timed>, SamplerError> = (0..repetitions.max(1))
            .map(|_| {
                let timed = time()?;
                // Nothing is done on the device: what is measured is the way there and back.
                let device = timed.device.filter(|_| self != Self::EmptySubmit);
                Ok(Timed { device, ..timed })
            })
            .collect();
        Ok(Measured {
            ceiling: self,
            work: work.map_or(1.0, |work| work.amount()),
            times: times?,
        })
    }
}
