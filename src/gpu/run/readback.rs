//! From the device to the host: the only place that maps a buffer or polls a device.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use bytemuck::Pod;
use futures_intrusive::channel::shared::oneshot_channel;
use wgpu::{
    Buffer, BufferUsages, COPY_BYTES_PER_ROW_ALIGNMENT, CommandEncoder, CommandEncoderDescriptor,
    Device, MapMode, PollError, PollType, Queue, SubmissionIndex, TexelCopyBufferInfo,
    TexelCopyBufferLayout,
};

use super::run::Run;
use super::shard::RunPart;
use super::texture::Picture;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::checked;
use crate::gpu::program::buffers::empty;

/// How long blocking functions wait for the device before they give up, unless told otherwise.
pub const READ_TIMEOUT: Duration = Duration::from_secs(600);
/// Bytes copied at a time: staging memory is small beside the samples.
const CHUNK: u64 = 64 << 20;

impl Run {
    /// x of all samples, `[count, D]`, copied to the host after everything submitted so far.
    ///
    /// Submits copies and awaits them. On native platforms a device makes progress only when it is polled, which a host app
    /// does every frame; where nobody polls, use [`Run::read_blocking`]. Dropping the future abandons the copy.
    ///
    /// # Errors
    /// [`SamplerError::DeviceLost`], [`SamplerError::OutOfMemory`]; [`SamplerError::Poisoned`] if
    /// [`submit_blocking`](crate::gpu::sampler::DiffusionSampler::submit_blocking) failed on this run.
    pub async fn read(&self, device: &Device, queue: &Queue) -> Result<Vec<f32>, SamplerError> {
        self.gather(device, queue, RunPart::state, Polls::Hosts)
            .await
    }

    /// As [`Run::read`] for x̂₀.
    ///
    /// # Errors
    /// As [`Run::read`].
    pub async fn read_x0(&self, device: &Device, queue: &Queue) -> Result<Vec<f32>, SamplerError> {
        self.gather(device, queue, RunPart::x0, Polls::Hosts).await
    }

    /// As [`Run::read`], but polls the device itself and blocks the calling thread.
    ///
    /// # Errors
    /// As [`Run::read`], and [`SamplerError::Timeout`] after [`SamplerOptions::timeout`](crate::gpu::program::options::SamplerOptions::timeout).
    pub fn read_blocking(&self, device: &Device, queue: &Queue) -> Result<Vec<f32>, SamplerError> {
        self.gather_blocking(device, queue, RunPart::state)
    }

    /// As [`Run::read_blocking`] for x̂₀.
    ///
    /// # Errors
    /// As [`Run::read_blocking`].
    pub fn read_x0_blocking(
        &self,
        device: &Device,
        queue: &Queue,
    ) -> Result<Vec<f32>, SamplerError> {
        self.gather_blocking(device, queue, RunPart::x0)
    }

    fn gather_blocking(
        &self,
        device: &Device,
        queue: &Queue,
        buffer: fn(&RunPart) -> &Buffer,
    ) -> Result<Vec<f32>, SamplerError> {
        pollster::block_on(self.gather(device, queue, buffer, Polls::Ours))
    }

    async fn gather(
        &self,
        device: &Device,
        queue: &Queue,
        buffer: fn(&RunPart) -> &Buffer,
        polls: Polls,
    ) -> Result<Vec<f32>, SamplerError> {
        self.check_sound()?;
        let mut values = Vec::new();
        values
            .try_reserve_exact(self.count() * self.dims)
            .map_err(|_| SamplerError::OutOfMemory {
                what: "the samples on the host",
            })?;
        for part in self.parts() {
            for chunk in self.chunks(part) {
                let (offset, bytes) = chunk;
                let staging = Staging::copy(device, queue, bytes, |encoder, staging| {
                    encoder.copy_buffer_to_buffer(buffer(part), offset, staging, 0, Some(bytes));
                })?;
                if polls == Polls::Ours {
                    wait_for(device, Some(staging.submission.clone()), self.timeout)?;
                }
                values.extend(staging.mapped::<f32>().await?);
            }
        }
        Ok(values)
    }

    /// Offsets and lengths in bytes that cover a part's samples.
    fn chunks(&self, part: &RunPart) -> impl Iterator<Item = (u64, u64)> + use<> {
        let bytes = 4 * (part.samples().len() * self.dims) as u64;
        (0..bytes)
            .step_by(CHUNK as usize)
            .map(move |offset| (offset, CHUNK.min(bytes - offset)))
    }
}

impl Picture {
    /// The texture's bytes, `[height, width, 4]` of one byte or of two, after everything submitted so far; record [`Picture::encode`] first.
    ///
    /// Submits, polls and blocks the calling thread.
    ///
    /// # Errors
    /// As [`Run::read_blocking`].
    pub fn read_blocking(&self, device: &Device, queue: &Queue) -> Result<Vec<u8>, SamplerError> {
        let texture = self.texture();
        let row_bytes = self.pixel_bytes() * texture.width();
        let stride = row_bytes.next_multiple_of(COPY_BYTES_PER_ROW_ALIGNMENT);
        let bytes = u64::from(stride) * u64::from(texture.height());
        let staging = Staging::copy(device, queue, bytes, |encoder, buffer| {
            let layout = TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(stride),
                rows_per_image: None,
            };
            let target = TexelCopyBufferInfo { buffer, layout };
            encoder.copy_texture_to_buffer(texture.as_image_copy(), target, texture.size());
        })?;
        wait(device, Some(staging.submission.clone()))?;
        let padded: Vec<u8> = pollster::block_on(staging.mapped())?;
        let rows = padded.chunks_exact(stride as usize);
        Ok(rows
            .flat_map(|row| &row[..row_bytes as usize])
            .copied()
            .collect())
    }
}

/// Words that a kernel outside the registry has written, for [`probe`](crate::gpu::measure::noise_probe).
pub fn read_words(
    device: &Device,
    queue: &Queue,
    buffer: &Buffer,
    words: usize,
) -> Result<Vec<u32>, SamplerError> {
    let bytes = 4 * words as u64;
    let staging = Staging::copy(device, queue, bytes, |encoder, staging| {
        encoder.copy_buffer_to_buffer(buffer, 0, staging, 0, Some(bytes));
    })?;
    wait(device, Some(staging.submission.clone()))?;
    pollster::block_on(staging.mapped())
}

/// Who polls the device while a copy is awaited.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Polls {
    /// The caller, in its frame loop.
    Hosts,
    /// This module, which blocks meanwhile.
    Ours,
}

/// A copy on its way to the host.
struct Staging {
    buffer: Buffer,
    bytes: u64,
    submission: SubmissionIndex,
    mapped: futures_intrusive::channel::shared::OneshotReceiver<bool>,
}

impl Staging {
    /// Submits what `record` copies into a buffer of `bytes` bytes.
    fn copy(
        device: &Device,
        queue: &Queue,
        bytes: u64,
        record: impl FnOnce(&mut CommandEncoder, &Buffer),
    ) -> Result<Self, SamplerError> {
        checked(device, "a copy to the host", || {
            let buffer = empty(
                device,
                "ddim.readback",
                bytes,
                BufferUsages::MAP_READ | BufferUsages::COPY_DST,
            );
            let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor {
                label: Some("ddim.readback"),
            });
            record(&mut encoder, &buffer);
            let submission = queue.submit([encoder.finish()]);
            let (sender, mapped) = oneshot_channel();
            buffer.map_async(MapMode::Read, .., move |result| {
                // The receiver is gone if the caller dropped the future; there is nobody to tell then.
                let _ = sender.send(result.is_ok());
            });
            Self {
                buffer,
                bytes,
                submission,
                mapped,
            }
        })
    }

    async fn mapped<T: Pod>(self) -> Result<Vec<T>, SamplerError> {
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

/// Blocks until a submission, or all so far, are done.
///
/// # Errors
/// [`SamplerError::Timeout`] after [`READ_TIMEOUT`], [`SamplerError::DeviceLost`].
pub fn wait(device: &Device, submission: Option<SubmissionIndex>) -> Result<(), SamplerError> {
    wait_for(device, submission, READ_TIMEOUT)
}

/// As [`wait`], for as long as `timeout`.
///
/// # Errors
/// As [`wait`].
pub fn wait_for(
    device: &Device,
    submission: Option<SubmissionIndex>,
    timeout: Duration,
) -> Result<(), SamplerError> {
    let poll = || {
        device.poll(PollType::Wait {
            submission_index: submission,
            timeout: Some(timeout),
        })
    };
    // wgpu 30 panics here, and in no other way, where the driver says that the device is lost (`handle_error_fatal` in its
    // `Device::poll`). No lock of its is held then.
    match catch_unwind(AssertUnwindSafe(poll)) {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(PollError::Timeout)) => Err(SamplerError::Timeout {
            seconds: timeout.as_secs_f64(),
        }),
        // What was submitted to a lost device never gets a place in its queue.
        Ok(Err(PollError::WrongSubmissionIndex(..))) | Err(_) => Err(SamplerError::DeviceLost),
    }
}
