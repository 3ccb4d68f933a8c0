//! Rows in a frame: as many as fit a time that the host sets, judged by how long earlier rows took.

use std::ops::Range;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use wgpu::{
    Buffer, BufferUsages, CommandEncoder, Device, DeviceType, Features, MapMode,
    QUERY_RESOLVE_BUFFER_ALIGNMENT, QuerySet, QuerySetDescriptor, QueryType, Queue,
};

use super::frame_pace::FramePace;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::checked;
use crate::gpu::program::buffers::empty;
use crate::gpu::run::run::Run;
use crate::gpu::sampler::DiffusionSampler;

/// Frames whose rows the device may still be busy with; then it is given no more until one of them is done.
const IN_FLIGHT: usize = 3;
/// Two timestamps.
const STAMPS_BYTES: u64 = 16;

/// Decides how many rows of a plan fit into a frame.
///
/// On a GPU with [`Features::TIMESTAMP_QUERY`] its own clock measures the rows; on any other device the host's does, from
/// recording until the device, polled by the host, says that the work is done. Results of either arrive some frames later,
/// by callbacks on the host's own command buffers: this neither submits nor polls nor waits.
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
    stamps: Option<Stamps>,
    pending: Vec<Pending>,
}

/// The device's clock.
#[derive(Debug)]
struct Stamps {
    queries: QuerySet,
    resolved: Buffer,
    /// One for each frame in flight.
    readable: [Buffer; IN_FLIGHT],
    nanoseconds_per_tick: f64,
}

/// Rows that the device may still be busy with.
#[derive(Debug)]
struct Pending {
    rows: usize,
    /// Place among the frames in flight.
    slot: usize,
    recorded: Instant,
    /// When the device was done, and whether its timestamps can be read. Shared with the callback, which is dropped with the encoder
    /// if that is never submitted.
    done: Arc<OnceLock<(Instant, bool)>>,
}

/// Whose clock tells how long rows took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The device's, by timestamps: exact.
    Device,
    /// The host's, which also sees how long the host takes to look.
    Host,
}

impl Clock {
    /// The better clock for a device: its own where it is a GPU with timestamps.
    #[must_use]
    pub fn of(device: &Device) -> Self {
        // llvmpipe takes timestamps when it rasterizes, and computes at another time: between two of them there is nothing.
        let software = device.adapter_info().device_type == DeviceType::Cpu;
        if !software && device.features().contains(Features::TIMESTAMP_QUERY) {
            Self::Device
        } else {
            Self::Host
        }
    }
}

impl Budget {
    /// A budget of `target` device time a frame, by the clock that [suits](Clock::of) the device.
    ///
    /// # Errors
    /// [`SamplerError::OutOfMemory`].
    pub fn new(device: &Device, queue: &Queue, target: Duration) -> Result<Self, SamplerError> {
        Self::with_clock(device, queue, target, Clock::of(device))
    }

    /// As [`Budget::new`], by a clock of choice.
    ///
    /// # Errors
    /// [`SamplerError::Refused`] for the device's clock without [`Features::TIMESTAMP_QUERY`]; [`SamplerError::OutOfMemory`].
    pub fn with_clock(
        device: &Device,
        queue: &Queue,
        target: Duration,
        clock: Clock,
    ) -> Result<Self, SamplerError> {
        let (pace, stamps) = match clock {
            Clock::Host => (FramePace::latency(target.as_secs_f64()), None),
            Clock::Device => {
                let stamps = checked(device, "ddim.timestamps", || Stamps::new(device, queue))?;
                (FramePace::exact(target.as_secs_f64()), Some(stamps))
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

    /// Device time of a row, by the device's clock; none before the first measurement, or by the host's.
    #[must_use]
    pub fn row_time(&self) -> Option<Duration> {
        self.pace.seconds_per_row().map(Duration::from_secs_f64)
    }

    /// The first of the rows that are left: as many as fit a frame, at least one, but none while the device is still busy with
    /// those of three frames.
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
        let slot = (0..IN_FLIGHT).find(|slot| self.pending.iter().all(|frame| frame.slot != *slot));
        let Some(slot) = slot.filter(|_| !rows.is_empty()) else {
            sampler.encode(encoder, run, rows);
            return;
        };
        let done = Arc::new(OnceLock::new());
        let recorded = Instant::now();
        let says = done.clone();
        if let Some(stamps) = &self.stamps {
            let first = 2 * slot as u32;
            sampler.encode_stamped(
                encoder,
                run,
                rows.clone(),
                &stamps.queries,
                [first, first + 1],
            );
            let at = slot as u64 * QUERY_RESOLVE_BUFFER_ALIGNMENT;
            let readable = &stamps.readable[slot];
            encoder.resolve_query_set(&stamps.queries, first..first + 2, &stamps.resolved, at);
            encoder.copy_buffer_to_buffer(&stamps.resolved, at, readable, 0, Some(STAMPS_BYTES));
            encoder.map_buffer_on_submit(readable, MapMode::Read, .., move |result| {
                let _ = says.set((Instant::now(), result.is_ok()));
            });
        } else {
            sampler.encode(encoder, run, rows.clone());
            encoder.on_submitted_work_done(move || {
                let _ = says.set((Instant::now(), false));
            });
        }
        self.pending.push(Pending {
            rows: rows.len(),
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

impl Stamps {
    fn new(device: &Device, queue: &Queue) -> Self {
        Self {
            queries: device.create_query_set(&QuerySetDescriptor {
                label: Some("ddim.timestamps"),
                ty: QueryType::Timestamp,
                count: 2 * IN_FLIGHT as u32,
            }),
            resolved: empty(
                device,
                "ddim.timestamps",
                IN_FLIGHT as u64 * QUERY_RESOLVE_BUFFER_ALIGNMENT,
                BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC,
            ),
            readable: std::array::from_fn(|_| {
                let usage = BufferUsages::MAP_READ | BufferUsages::COPY_DST;
                empty(device, "ddim.timestamps", STAMPS_BYTES, usage)
            }),
            nanoseconds_per_tick: f64::from(queue.get_timestamp_period()),
        }
    }

    /// Seconds between the two timestamps of a frame; none if the device wrote none.
    fn read(&self, slot: usize) -> Option<f64> {
        let view = self.readable[slot].get_mapped_range(..STAMPS_BYTES).ok()?;
        let [begin, end] = bytemuck::pod_read_unaligned(&view[..]);
        drop(view);
        self.readable[slot].unmap();
        let ticks = u64::checked_sub(end, begin)?;
        Some(ticks as f64 * self.nanoseconds_per_tick * 1e-9)
    }
}
