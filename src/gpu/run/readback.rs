//! From the device to the host: the only place that maps a buffer of results.

use bytemuck::Pod;
use futures_intrusive::channel::shared::{OneshotReceiver, oneshot_channel};
use wgpu::{
    Buffer, BufferUsages, CommandEncoder, CommandEncoderDescriptor, Device, MapMode, Queue,
    SubmissionIndex,
};

use super::prepared::Run;
use super::shard::RunShard;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::link::Link;
use crate::gpu::program::buffers::empty;

/// Bytes copied at a time: staging memory is small beside the samples.
const CHUNK: u64 = 64 << 20;

impl Run {
    /// x of all samples, `[count, D]`, copied to the host after everything submitted so far.
    ///
    /// Submits copies and awaits them. On native platforms a device makes progress only when it is
    /// polled, which a host app does every frame; where nobody polls, use [`Run::read_blocking`].
    /// Dropping the future abandons the copy.
    ///
    /// # Errors
    /// [`SamplerError::DeviceLost`], [`SamplerError::OutOfMemory`]; [`SamplerError::Poisoned`] if a
    /// submission of this run failed and nothing recorded from row 0 on has run since.
    pub async fn read(&self, device: &Device, queue: &Queue) -> Result<Vec<f32>, SamplerError> {
        self.gather_state(Link::new(device, queue)).await
    }

    /// As [`Run::read`] for x̂₀.
    ///
    /// # Errors
    /// As [`Run::read`].
    pub async fn read_x0(&self, device: &Device, queue: &Queue) -> Result<Vec<f32>, SamplerError> {
        self.gather_x0(Link::new(device, queue)).await
    }

    /// As [`Run::read`], but polls the device itself and blocks the calling thread.
    ///
    /// # Errors
    /// As [`Run::read`], and [`SamplerError::Timeout`] after
    /// [`SamplerOptions::timeout`](crate::gpu::SamplerOptions::timeout).
    #[cfg(not(target_arch = "wasm32"))]
    pub fn read_blocking(&self, device: &Device, queue: &Queue) -> Result<Vec<f32>, SamplerError> {
        pollster::block_on(self.gather_state(self.polling(device, queue)))
    }

    /// As [`Run::read_blocking`] for x̂₀.
    ///
    /// # Errors
    /// As [`Run::read_blocking`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn read_x0_blocking(
        &self,
        device: &Device,
        queue: &Queue,
    ) -> Result<Vec<f32>, SamplerError> {
        pollster::block_on(self.gather_x0(self.polling(device, queue)))
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn polling<'a>(&self, device: &'a Device, queue: &'a Queue) -> Link<'a> {
        Link::polling(device, queue, self.compiled().options().timeout)
    }

    /// As [`Run::read`], waiting as `link` does.
    pub(crate) async fn gather_state(&self, link: Link<'_>) -> Result<Vec<f32>, SamplerError> {
        self.gather(link, RunShard::state).await
    }

    /// As [`Run::read_x0`], waiting as `link` does.
    pub(crate) async fn gather_x0(&self, link: Link<'_>) -> Result<Vec<f32>, SamplerError> {
        self.gather(link, RunShard::x0).await
    }

    async fn gather(
        &self,
        link: Link<'_>,
        buffer: fn(&RunShard) -> &Buffer,
    ) -> Result<Vec<f32>, SamplerError> {
        self.run_state().check_sound()?;
        let dims = self.compiled().dims();
        let mut values = Vec::new();
        values
            .try_reserve_exact(self.count() * dims)
            .map_err(|_| SamplerError::OutOfMemory {
                what: "the samples on the host",
            })?;
        for shard in self.shards() {
            for (offset, bytes) in chunks(4 * (shard.samples().len() * dims) as u64) {
                let staging = Staging::copy(link, bytes, |encoder, staging| {
                    encoder.copy_buffer_to_buffer(buffer(shard), offset, staging, 0, Some(bytes));
                });
                values.extend(staging.await?.read::<f32>(link).await?);
            }
        }
        Ok(values)
    }
}

/// Offsets and lengths that cover so many bytes.
fn chunks(bytes: u64) -> impl Iterator<Item = (u64, u64)> {
    (0..bytes)
        .step_by(CHUNK as usize)
        .map(move |offset| (offset, CHUNK.min(bytes - offset)))
}

/// Words that a kernel outside the registry has written, after everything submitted so far.
pub async fn read_words(
    link: Link<'_>,
    buffer: &Buffer,
    words: usize,
) -> Result<Vec<u32>, SamplerError> {
    let bytes = 4 * words as u64;
    let staging = Staging::copy(link, bytes, |encoder, staging| {
        encoder.copy_buffer_to_buffer(buffer, 0, staging, 0, Some(bytes));
    });
    staging.await?.read(link).await
}

/// A copy on its way to the host.
pub struct Staging {
    buffer: Buffer,
    bytes: u64,
    submission: SubmissionIndex,
    mapped: OneshotReceiver<bool>,
}

impl Staging {
    /// Submits what `record` copies into a buffer of `bytes` bytes.
    pub async fn copy(
        link: Link<'_>,
        bytes: u64,
        record: impl FnOnce(&mut CommandEncoder, &Buffer),
    ) -> Result<Self, SamplerError> {
        let Link { device, queue, .. } = link;
        link.checked("a copy to the host", || {
            let usage = BufferUsages::MAP_READ | BufferUsages::COPY_DST;
            let buffer = empty(device, "ddim.readback", bytes, usage);
            let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor {
                label: Some("ddim.readback"),
            });
            record(&mut encoder, &buffer);
            let submission = queue.submit([encoder.finish()]);
            let (sender, mapped) = oneshot_channel();
            buffer.map_async(MapMode::Read, .., move |result| {
                // The receiver is gone if the caller dropped the future.
                let _ = sender.send(result.is_ok());
            });
            Self {
                buffer,
                bytes,
                submission,
                mapped,
            }
        })
        .await
    }

    /// Awaits the bytes.
    pub async fn read<T: Pod>(self, link: Link<'_>) -> Result<Vec<T>, SamplerError> {
        link.poll(self.submission)?;
        if self.mapped.receive().await != Some(true) {
            return Err(SamplerError::DeviceLost);
        }
        let view = self
            .buffer
            .get_mapped_range(..self.bytes)
            .map_err(|_| SamplerError::DeviceLost)?;
        Ok(bytemuck::pod_collect_to_vec(&view[..]))
    }
}
