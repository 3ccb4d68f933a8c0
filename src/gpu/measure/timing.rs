//! The time that recorded work takes: by the wall clock, and by the device's own where it has
//! timestamp queries.

use std::time::Duration;

use wgpu::{
    Buffer, BufferUsages, CommandEncoder, CommandEncoderDescriptor, Device, DeviceType, Features,
    QUERY_RESOLVE_BUFFER_ALIGNMENT, QuerySet, QuerySetDescriptor, QueryType, Queue,
};

use crate::clock::Instant;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::{checked, written};
use crate::gpu::device::link::Link;
use crate::gpu::device::waiting::READ_TIMEOUT;
use crate::gpu::program::buffers::empty;
use crate::gpu::run::readback::read_words;

/// The time that one submission took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timed {
    /// From the submission until its end was noticed.
    pub wall: Duration,
    /// On the device, between the first command and the last; `None` where it has no timestamps in
    /// encoders, or only those of a driver that runs on a CPU.
    pub device: Option<Duration>,
}

impl Timed {
    /// The device's own time where it is known and not zero, else the wall clock's, in seconds.
    #[must_use]
    pub fn seconds(self) -> f64 {
        let own = self.device.filter(|time| !time.is_zero());
        own.unwrap_or(self.wall).as_secs_f64()
    }
}

/// Measures submissions on one device.
#[derive(Debug)]
pub struct Stopwatch {
    queries: Option<(QuerySet, Buffer)>,
    /// How long a submission is waited for.
    #[cfg_attr(
        target_arch = "wasm32",
        expect(dead_code, reason = "nothing waits there")
    )]
    timeout: Duration,
}

impl Stopwatch {
    /// Uses timestamps if the device is hardware and has [`Features::TIMESTAMP_QUERY`] and
    /// [`Features::TIMESTAMP_QUERY_INSIDE_ENCODERS`].
    ///
    /// # Errors
    /// [`SamplerError::OutOfMemory`], [`SamplerError::Refused`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn new(device: &Device) -> Result<Self, SamplerError> {
        pollster::block_on(Self::new_async(device))
    }

    /// As [`Stopwatch::new`], awaiting the device.
    ///
    /// # Errors
    /// As [`Stopwatch::new`].
    pub async fn new_async(device: &Device) -> Result<Self, SamplerError> {
        let needed = Features::TIMESTAMP_QUERY | Features::TIMESTAMP_QUERY_INSIDE_ENCODERS;
        // llvmpipe's timestamps leave out what shaders do.
        let software = device.adapter_info().device_type == DeviceType::Cpu;
        if software || !device.features().contains(needed) {
            return Ok(Self::of(None));
        }
        let queries = checked(device, "timestamps", || {
            let set = device.create_query_set(&QuerySetDescriptor {
                label: Some("ddim.timing"),
                ty: QueryType::Timestamp,
                count: 2,
            });
            let usage = BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC;
            let buffer = empty(device, "ddim.timing", QUERY_RESOLVE_BUFFER_ALIGNMENT, usage);
            (set, buffer)
        });
        Ok(Self::of(Some(queries.await?)))
    }

    fn of(queries: Option<(QuerySet, Buffer)>) -> Self {
        Self {
            queries,
            timeout: READ_TIMEOUT,
        }
    }

    /// Sets how long [`Stopwatch::time_blocking`] waits, [`READ_TIMEOUT`] unless told otherwise.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Records, submits and awaits the end; the host polls the device meanwhile.
    ///
    /// # Errors
    /// [`SamplerError::DeviceLost`], [`SamplerError::OutOfMemory`]; [`SamplerError::Refused`] if what
    /// is recorded is none that the device takes.
    pub async fn time(
        &self,
        device: &Device,
        queue: &Queue,
        record: impl FnOnce(&mut CommandEncoder),
    ) -> Result<Timed, SamplerError> {
        self.time_by(Link::new(device, queue), record).await
    }

    /// As [`Stopwatch::time`], but polls the device itself and blocks the calling thread.
    ///
    /// # Errors
    /// [`SamplerError::Timeout`], and as [`Stopwatch::time`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn time_blocking(
        &self,
        device: &Device,
        queue: &Queue,
        record: impl FnOnce(&mut CommandEncoder),
    ) -> Result<Timed, SamplerError> {
        let link = Link::polling(device, queue, self.timeout);
        pollster::block_on(self.time_by(link, record))
    }

    pub(super) async fn time_by(
        &self,
        link: Link<'_>,
        record: impl FnOnce(&mut CommandEncoder),
    ) -> Result<Timed, SamplerError> {
        let Link { device, queue, .. } = link;
        let recorded = link.checked("what is timed", || {
            let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor {
                label: Some("ddim.timing"),
            });
            if let Some((set, _)) = &self.queries {
                encoder.write_timestamp(set, 0);
            }
            record(&mut encoder);
            if let Some((set, buffer)) = &self.queries {
                encoder.write_timestamp(set, 1);
                encoder.resolve_query_set(set, 0..2, buffer, 0);
            }
            encoder.finish()
        });
        let commands = recorded.await?;
        let start = Instant::now();
        // Without the sign of life, which would be timed too.
        let submitted = written(device, "what is timed", || queue.submit([commands]));
        link.done(submitted?).await?;
        let wall = start.elapsed();
        let device_time = match &self.queries {
            None => None,
            Some((_, buffer)) => {
                let words = read_words(link, buffer, 4).await?;
                let stamp = |i| u64::from(words[i]) | u64::from(words[i + 1]) << 32;
                let ticks = stamp(2).saturating_sub(stamp(0)) as f64;
                let nanoseconds = ticks * f64::from(queue.get_timestamp_period());
                Some(Duration::from_nanos(nanoseconds as u64))
            }
        };
        Ok(Timed {
            wall,
            device: device_time,
        })
    }
}
