//! The clocks that measure a frame's rows, and the timestamps of the device's.

use wgpu::{
    Buffer, BufferUsages, CommandEncoder, Device, DeviceType, Features, MapMode,
    QUERY_RESOLVE_BUFFER_ALIGNMENT, QuerySet, QuerySetDescriptor, QueryType, Queue,
};

use crate::gpu::program::buffers::empty;
use crate::gpu::run::record::Stamps;

/// Frames whose rows the device may still be busy with; then it is given no more until one of them
/// is done.
pub const IN_FLIGHT: usize = 3;
/// Two timestamps.
const STAMPS_BYTES: u64 = 16;

/// The clock that measures rows.
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
        // llvmpipe takes timestamps when it rasterizes, and computes at another time: between two
        // of them there is nothing.
        let software = device.adapter_info().device_type == DeviceType::Cpu;
        if !software && device.features().contains(Features::TIMESTAMP_QUERY) {
            Self::Device
        } else {
            Self::Host
        }
    }
}

/// Timestamps of the frames in flight, by the device's clock.
#[derive(Debug)]
pub struct Timestamps {
    queries: QuerySet,
    resolved: Buffer,
    /// One for each frame in flight.
    readable: [Buffer; IN_FLIGHT],
    nanoseconds_per_tick: f64,
}

impl Timestamps {
    pub fn new(device: &Device, queue: &Queue) -> Self {
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

    /// Seconds between the two timestamps of a frame; `None` if the device wrote none.
    pub fn read(&self, slot: usize) -> Option<f64> {
        let view = self.readable[slot].get_mapped_range(..STAMPS_BYTES).ok()?;
        let [begin, end] = bytemuck::pod_read_unaligned(&view[..]);
        drop(view);
        self.readable[slot].unmap();
        let ticks = u64::checked_sub(end, begin)?;
        Some(ticks as f64 * self.nanoseconds_per_tick * 1e-9)
    }

    /// The queries of a frame.
    pub fn of(&self, slot: usize) -> Stamps<'_> {
        let begin = first_query(slot);
        Stamps {
            queries: &self.queries,
            begin: Some(begin),
            end: Some(begin + 1),
        }
    }

    /// Records the way of a frame's timestamps to the host, which `done` is told of.
    pub fn resolve(
        &self,
        encoder: &mut CommandEncoder,
        slot: usize,
        done: impl FnOnce(bool) + Send + 'static,
    ) {
        let (queries, begin) = (&self.queries, first_query(slot));
        let at = slot as u64 * QUERY_RESOLVE_BUFFER_ALIGNMENT;
        let readable = &self.readable[slot];
        encoder.resolve_query_set(queries, begin..begin + 2, &self.resolved, at);
        encoder.copy_buffer_to_buffer(&self.resolved, at, readable, 0, Some(STAMPS_BYTES));
        encoder.map_buffer_on_submit(readable, MapMode::Read, .., move |result| {
            done(result.is_ok());
        });
    }
}

/// The first of the two queries of a frame.
fn first_query(slot: usize) -> u32 {
    2 * slot as u32
}
