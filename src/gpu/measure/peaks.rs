//! What a device can do at most: the rates that bound a sampler, each measured by a
//! kernel that does nothing else.
//!
//! A kernel's speed says little by itself. Beside the rate that bounds it, it says
//! how much is left to gain.

use wgpu::{Device, Queue};

use super::peak::Peak;
use super::peak_kernels::Work;
use super::timing::{Stopwatch, Timed};
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::link::Link;

/// A peak as it was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The rate measured.
    pub peak: Peak,
    /// Work of one repetition, in the unit of the rate.
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

impl Peak {
    /// Measures the rate: a repetition to warm up, and `repetitions` that count. Submits, polls and
    /// blocks the calling thread, at most `timeout` for each.
    ///
    /// # Errors
    /// [`SamplerError::OutOfMemory`], [`SamplerError::Refused`], [`SamplerError::Timeout`],
    /// [`SamplerError::DeviceLost`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn measure_blocking(
        self,
        device: &Device,
        queue: &Queue,
        repetitions: usize,
        timeout: std::time::Duration,
    ) -> Result<Measured, SamplerError> {
        pollster::block_on(self.measure_by(Link::polling(device, queue, timeout), repetitions))
    }

    /// As [`Peak::measure_blocking`], but awaits the device, which the host polls meanwhile.
    ///
    /// # Errors
    /// [`SamplerError::OutOfMemory`], [`SamplerError::Refused`], [`SamplerError::DeviceLost`].
    pub async fn measure(
        self,
        device: &Device,
        queue: &Queue,
        repetitions: usize,
    ) -> Result<Measured, SamplerError> {
        self.measure_by(Link::new(device, queue), repetitions).await
    }

    async fn measure_by(
        self,
        link: Link<'_>,
        repetitions: usize,
    ) -> Result<Measured, SamplerError> {
        let stopwatch = Stopwatch::new_async(link.device).await?;
        let work = Work::new(self, link.device).await?;
        let mut times = Vec::new();
        // The first is to warm up.
        for _ in 0..=repetitions.max(1) {
            let timed = stopwatch.time_by(link, |encoder| {
                if let Some(work) = &work {
                    work.record(encoder);
                }
            });
            let timed = timed.await?;
            // Nothing is done on the device: what is measured is the way there and back.
            let device = timed.device.filter(|_| self != Self::EmptySubmit);
            times.push(Timed { device, ..timed });
        }
        times.remove(0);
        Ok(Measured {
            peak: self,
            work: work.map_or(1.0, |work| work.amount()),
            times,
        })
    }
}
