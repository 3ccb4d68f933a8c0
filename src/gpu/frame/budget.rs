//! Rows in a frame: as many as fit a time that the host sets, judged by how long earlier rows took.

use std::ops::Range;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use wgpu::{CommandEncoder, Device, Queue};

use super::frame_pace::FramePace;
use super::timestamps::{Clock, IN_FLIGHT, Timestamps};
use crate::clock::Instant;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::checked;
use crate::gpu::run::prepared::Run;
use crate::gpu::sampler::DiffusionSampler;

/// Decides how many rows of a plan fit into a frame.
///
/// On a GPU with [`wgpu::Features::TIMESTAMP_QUERY`] its own clock measures the rows; on any other
/// device the host's does, from recording until the device, polled by the host, says that the work
/// is done. Results of either arrive some frames later, by callbacks on the host's own command
/// buffers: this neither submits nor polls nor waits.
///
/// ```no_run
/// # use std::time::Duration;
/// # use ddim_wgpu::{gpu::{Budget, Run, DiffusionSampler, SamplerError}, wgpu};
/// # fn frames(device: &wgpu::Device, queue: &wgpu::Queue, sampler: &DiffusionSampler, run: &Run) -> Result<(), SamplerError> {
/// let mut budget = Budget::new(device, queue, Duration::from_millis(4))?;
/// let mut next = 0;
/// loop { // a frame
///     let mut encoder = device.create_command_encoder(&Default::default());
///     let rows = budget.rows(next..sampler.len());
///     budget.encode(&mut encoder, sampler, run, rows.clone());
///     next = rows.end;
///     // … draw run.state() with the same encoder …
///     queue.submit([encoder.finish()]);
/// #   break;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Budget {
    pace: FramePace,
    stamps: Option<Timestamps>,
    pending: Vec<Pending>,
}

/// Rows that the device may still be busy with.
#[derive(Debug)]
struct Pending {
    rows: usize,
    /// Place among the frames in flight.
    slot: usize,
    recorded: Instant,
    /// When the device was done, and whether its timestamps can be read. Shared with the callback,
    /// which is dropped with the encoder if that is never submitted.
    done: Arc<OnceLock<(Instant, bool)>>,
}

impl Budget {
    /// A budget of `target` device time a frame, by the clock that [suits](Clock::of) the device.
    ///
    /// # Errors
    /// [`SamplerError::OutOfMemory`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn new(device: &Device, queue: &Queue, target: Duration) -> Result<Self, SamplerError> {
        Self::with_clock(device, queue, target, Clock::of(device))
    }

    /// As [`Budget::new`], by a given clock.
    ///
    /// # Errors
    /// [`SamplerError::Refused`] for the device's clock without
    /// [`wgpu::Features::TIMESTAMP_QUERY`]; [`SamplerError::OutOfMemory`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn with_clock(
        device: &Device,
        queue: &Queue,
        target: Duration,
        clock: Clock,
    ) -> Result<Self, SamplerError> {
        pollster::block_on(Self::with_clock_async(device, queue, target, clock))
    }

    /// As [`Budget::with_clock`], awaiting the device.
    ///
    /// # Errors
    /// As [`Budget::with_clock`].
    pub async fn with_clock_async(
        device: &Device,
        queue: &Queue,
        target: Duration,
        clock: Clock,
    ) -> Result<Self, SamplerError> {
        let target = target.as_secs_f64();
        let (pace, stamps) = match clock {
            Clock::Host => (FramePace::latency(target), None),
            Clock::Device => {
                let stamps = checked(device, "ddim.timestamps", || Timestamps::new(device, queue));
                (FramePace::exact(target), Some(stamps.await?))
            }
        };
        Ok(Self {
            pace,
            stamps,
            pending: Vec::new(),
        })
    }

    /// Sets the device time a frame may take.
    pub fn set_target(&mut self, target: Duration) {
        self.pace.set_target(target.as_secs_f64());
    }

    /// The clock that measures.
    #[must_use]
    pub fn clock(&self) -> Clock {
        match self.stamps {
            Some(_) => Clock::Device,
            None => Clock::Host,
        }
    }

    /// Device time of a row, by the device's clock; none before the first
    /// measurement, or by the host's.
    #[must_use]
    pub fn row_time(&self) -> Option<Duration> {
        self.pace.seconds_per_row().map(Duration::from_secs_f64)
    }

    /// The first of the rows that are left: as many as fit a frame, at least one, but none while
    /// the device is still busy with those of three frames.
    #[must_use]
    pub fn rows(&mut self, left: Range<usize>) -> Range<usize> {
        self.take_in();
        if self.pending.len() == IN_FLIGHT {
            return left.start..left.start;
        }
        left.start..left.end.min(left.start + self.pace.rows())
    }

    /// As [`DiffusionSampler::encode`], measured.
    ///
    /// # Panics
    /// As [`DiffusionSampler::encode`].
    pub fn encode(
        &mut self,
        encoder: &mut CommandEncoder,
        sampler: &DiffusionSampler,
        run: &Run,
        rows: Range<usize>,
    ) {
        let recorded = Instant::now();
        let Some(slot) = self.slot(&rows) else {
            sampler.encode(encoder, run, rows);
            return;
        };
        let stamps = self.stamps.as_ref().map(|stamps| stamps.of(slot));
        sampler.encode_stamped(encoder, run, rows.clone(), stamps);
        self.measure(encoder, rows.len(), slot, recorded);
    }

    /// As [`Budget::encode`], with `after` recorded behind each row, whose number it is told: a
    /// copy of the state into a trajectory, say. It is measured with the rows; where a dispatch
    /// might take several of them
    /// ([`SamplerOptions::rows_per_dispatch`](crate::gpu::SamplerOptions::rows_per_dispatch)), here
    /// it takes one.
    ///
    /// # Panics
    /// As [`DiffusionSampler::encode`].
    pub fn encode_each(
        &mut self,
        encoder: &mut CommandEncoder,
        sampler: &DiffusionSampler,
        run: &Run,
        rows: Range<usize>,
        mut after: impl FnMut(&mut CommandEncoder, usize),
    ) {
        let recorded = Instant::now();
        let slot = self.slot(&rows);
        let stamps = slot.and_then(|slot| Some(self.stamps.as_ref()?.of(slot)));
        let (first, last) = (rows.start, rows.end.saturating_sub(1));
        for row in rows.clone() {
            let stamps = stamps.and_then(|stamps| stamps.of_part(row == first, row == last));
            sampler.encode_stamped(encoder, run, row..row + 1, stamps);
            after(encoder, row);
        }
        if let Some(slot) = slot {
            self.measure(encoder, rows.len(), slot, recorded);
        }
    }

    /// A place for rows among the frames in flight; none if there are no rows or no place.
    fn slot(&self, rows: &Range<usize>) -> Option<usize> {
        let free = |slot: &usize| self.pending.iter().all(|frame| frame.slot != *slot);
        (0..IN_FLIGHT).find(free).filter(|_| !rows.is_empty())
    }

    /// Has the end of rows that have been recorded told.
    fn measure(
        &mut self,
        encoder: &mut CommandEncoder,
        rows: usize,
        slot: usize,
        recorded: Instant,
    ) {
        let done = Arc::new(OnceLock::new());
        let says = done.clone();
        if let Some(stamps) = &self.stamps {
            stamps.resolve(encoder, slot, move |readable| {
                let _ = says.set((Instant::now(), readable));
            });
        } else {
            encoder.on_submitted_work_done(move || {
                let _ = says.set((Instant::now(), false));
            });
        }
        self.pending.push(Pending {
            rows,
            slot,
            recorded,
            done,
        });
    }

    /// Takes in what has been measured since.
    fn take_in(&mut self) {
        let (pace, stamps) = (&mut self.pace, &self.stamps);
        self.pending.retain(|frame| {
            let Some(&(end, readable)) = frame.done.get() else {
                // An encoder that was dropped took its callback with it.
                return Arc::strong_count(&frame.done) > 1;
            };
            let seconds = match stamps {
                Some(stamps) if readable => stamps.read(frame.slot),
                Some(_) => None,
                None => Some((end - frame.recorded).as_secs_f64()),
            };
            if let Some(seconds) = seconds {
                pace.record(frame.rows, seconds);
            }
            false
        });
    }
}
