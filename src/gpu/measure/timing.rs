//! How long recorded work takes: by the wall clock, and by the device's own where it has timestamp queries.

use std::time::{Duration, Instant};

use wgpu::{
    Buffer, BufferUsages, CommandEncoder, CommandEncoderDescriptor, Device, DeviceType, Features,
    QUERY_RESOLVE_BUFFER_ALIGNMENT, QuerySet, QuerySetDescriptor, QueryType, Queue,
};

use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::checked;
use crate::gpu::program::buffers::empty;
use crate::gpu::run::readback::{read_words, wait};

/// How long one submission took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timed {
    /// From the submission until its end was noticed.
    pub wall: Duration,
    /// On the device, between the first command and the last; none where it has no timestamps in encoders, or only a driver's that runs on a CPU.
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
}

impl Stopwatch {
    /// Uses timestamps if the device is hardware and has [`Features::TIMESTAMP_QUERY`] and [`Features::TIMESTAMP_QUERY_INSIDE_ENCODERS`].
    ///
    /// # Errors
    /// [`SamplerError::OutOfMemory`], [`SamplerError::Refused`].
    pub fn new(device: &Device) -> Result<Self, SamplerError> {
        let needed = Features::TIMESTAMP_QUERY | Features::TIMESTAMP_QUERY_INSIDE_ENCODERS;
        // llvmpipe's timestamps leave out what shaders do.
        let software = device.adapter_info().device_type == DeviceType::Cpu;
        let usable = device.features().contains(needed) && !software;
        let queries = usable.then(|| {
            checked(device, "timestamps", || {
                let set = device.create_query_set(&QuerySetDescriptor {
                    label: Some("ddim.timing"),
                    ty: QueryType::Timestamp,
                    count: 2,
                });
                let usage = BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC;
                let buffer = empty(device, "ddim.timing", QUERY_RESOLVE_BUFFER_ALIGNMENT, usage);
                (set, buffer)
            })
        });
        Ok(Self {
            queries: queries.transpose()?,
        })
    }

    /// Records, submits and waits for the end. Submits, polls and blocks the calling thread.
    ///
    /// # Errors
    /// [`SamplerError::Timeout`], [`SamplerError::DeviceLost`].
    pub fn time_blocking(
        &self,
        device: &Device,
        queue: &Queue,
        record: impl FnOnce(&mut CommandEncoder),
    ) -> Result<Timed, SamplerError> {
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
        let commands = encoder.finish();
        let start = Instant::now();
        wait(device, Some(queue.submit([commands])))?;
        let wall = start.elapsed();
        let device_time = self.queries.as_ref().map(|(_, buffer)| {
            let words = read_words(device, queue, buffer, 4)?;
            let [start, end] = [0, 2].map(|i| u64::from(words[i]) | u64::from(words[i + 1]) << 32);
            let ticks = end.saturating_sub(start) as f64;
            let nanoseconds = ticks * f64::from(queue.get_timestamp_period());
            Ok::<_, SamplerError>(Duration::from_nanos(nanoseconds as u64))
        });
        Ok(Timed {
            wall,
            device: device_time.transpose()?,
        })
    }
}
