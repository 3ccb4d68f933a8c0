//! The noise itself, made on a backend.

use crate::batch::Batch;
use crate::gpu::NoiseSource;
use crate::noise::fill_normals;
#[cfg(not(target_arch = "wasm32"))]
use crate::progress::Progress;

use super::backend::{Backend, Waiting};
use super::error::SessionError;
#[cfg(not(target_arch = "wasm32"))]
use super::session::PART_BYTES;
#[cfg(not(target_arch = "wasm32"))]
use super::sink::Sink;
#[cfg(not(target_arch = "wasm32"))]
use super::stream::{Parts, stream};
#[cfg(not(target_arch = "wasm32"))]
use super::watch::Observer;

/// A source of noise on a backend: the same bits on every one.
#[derive(Debug)]
pub struct Noise {
    backend: Backend,
    dims: usize,
    /// None on the CPU engine.
    source: Option<Box<NoiseSource>>,
}

impl Noise {
    /// Prepares a backend to make noise for samples of `dims` values.
    ///
    /// # Errors
    /// [`SessionError::Gpu`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn new(backend: &Backend, dims: usize) -> Result<Self, SessionError> {
        pollster::block_on(Self::new_async(backend, dims))
    }

    /// As [`Noise::new`], awaiting the device.
    ///
    /// # Errors
    /// As [`Noise::new`].
    pub async fn new_async(backend: &Backend, dims: usize) -> Result<Self, SessionError> {
        let source = match backend.wgpu() {
            Some((device, _)) => Some(Box::new(NoiseSource::new_async(device, dims).await?)),
            None => None,
        };
        Ok(Self {
            backend: backend.clone(),
            dims,
            source,
        })
    }

    /// The normals of draw `draw` of the samples of `batch`, `[count, dims]`: 0 is x_T, 1 + i what
    /// stage i injects. Of the batch, count, seed and offset matter. Blocks.
    ///
    /// # Errors
    /// [`SessionError::Gpu`], [`SessionError::Batch`] for a batch of no samples or too many.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn draw(&self, batch: &Batch, draw: u32) -> Result<Vec<f32>, SessionError> {
        pollster::block_on(self.draw_by(batch, draw, Waiting::Blocking))
    }

    /// As [`Noise::draw`] for a batch of any size, part by part in bounded memory: while the sink
    /// takes a part on a thread of its own, the next is made. The observer counts samples.
    ///
    /// # Errors
    /// As [`Noise::draw`], [`SessionError::Sink`] and [`SessionError::Cancelled`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn draw_into(
        &self,
        batch: &Batch,
        draw: u32,
        sink: &mut dyn Sink,
        observer: &mut Observer<'_>,
    ) -> Result<(), SessionError> {
        let (mut source, count) = (batch, batch.count as u64);
        let at_once = (PART_BYTES / (4 * self.dims.max(1))).max(1);
        let parts = Parts::new(&mut source, self.dims, at_once);
        stream(parts, sink, |first, part| {
            if observer(Progress::new(first as u64, count)).is_break() {
                return Err(SessionError::Cancelled);
            }
            self.draw(part, draw)
        })
    }

    /// As [`Noise::draw`], awaiting the device.
    ///
    /// # Errors
    /// As [`Noise::draw`].
    pub async fn draw_async(&self, batch: &Batch, draw: u32) -> Result<Vec<f32>, SessionError> {
        self.draw_by(batch, draw, Waiting::Awaiting).await
    }

    async fn draw_by(
        &self,
        batch: &Batch,
        draw: u32,
        waiting: Waiting,
    ) -> Result<Vec<f32>, SessionError> {
        if let (Some(link), Some(source)) = (self.backend.link(waiting), &self.source) {
            return Ok(source.read_by(link, batch, draw).await?);
        }
        batch.validate(self.dims, None)?;
        let length = batch.count * self.dims;
        let mut values = Vec::new();
        let bytes = length * size_of::<f32>();
        values
            .try_reserve_exact(length)
            .map_err(|_| SessionError::OutOfMemory { bytes })?;
        values.resize(length, 0.0);
        for (sample, values) in (0..).zip(values.chunks_exact_mut(self.dims)) {
            fill_normals(batch.seed, batch.sample_offset + sample, draw, values);
        }
        Ok(values)
    }
}
