//! The buffers of a shard's samples.

use wgpu::{Buffer, BufferUsages, Device, Queue};

use super::inpaint_buffers::InpaintBuffers;
use super::sample_row_buffers::SampleRowBuffers;
use crate::batch::Batch;
use crate::gpu::program::buffers::{empty, sample_buffer};
use crate::gpu::program::compiled::Compiled;
use crate::gpu::program::network_buffers::NetworkBuffers;

/// The buffers of a shard's samples. Slices of the shard share them.
#[derive(Clone, Debug)]
pub struct ShardBuffers {
    pub state: Buffer,
    pub x0: Buffer,
    /// Earlier estimates, `[samples, SLOTS, D]`.
    pub ring: Option<Buffer>,
    /// Output of an external network.
    pub out: Option<Buffer>,
    pub initial: Option<Buffer>,
    pub inpaint: Option<InpaintBuffers>,
    pub classes: Buffer,
    pub sample_rows: Option<SampleRowBuffers>,
    pub scratch: Option<Buffer>,
}

impl ShardBuffers {
    pub fn new(
        compiled: &Compiled,
        device: &Device,
        batch: &Batch,
        count: usize,
        scratch: Option<Buffer>,
    ) -> Self {
        let (dims, slots) = (compiled.dims(), compiled.ring_slots());
        let of_samples = |label| sample_buffer(device, label, count, dims);
        let classes = match compiled.samples().num_classes {
            Some(_) => count,
            None => 1,
        };
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let inpaints = batch.inpaint.is_some();
        Self {
            state: of_samples("ddim.state"),
            x0: of_samples("ddim.x0"),
            ring: (slots > 0).then(|| sample_buffer(device, "ddim.ring", count, slots * dims)),
            initial: batch.initial.is_some().then(|| of_samples("ddim.initial")),
            inpaint: inpaints.then(|| InpaintBuffers::new(device, count, dims)),
            classes: empty(device, "ddim.classes", 4 * classes as u64, usage),
            sample_rows: SampleRowBuffers::new(device, compiled.network(), count),
            out: compiled.is_external().then(|| of_samples("ddim.out")),
            scratch,
        }
    }

    /// Bytes that [`ShardBuffers::new`] takes for the samples of a whole batch, without scratch
    /// memory.
    pub fn bytes(batch: &Batch, compiled: &Compiled) -> u64 {
        let inpainting = 2 * u64::from(batch.inpaint.is_some());
        let external = u64::from(compiled.is_external());
        let initial = u64::from(batch.initial.is_some());
        let slots = compiled.ring_slots() as u64;
        let arrays = 2 + slots + external + initial + inpainting;
        let values = arrays.saturating_mul(compiled.dims() as u64) + 1;
        let own = values.saturating_mul(4).saturating_mul(batch.count as u64);
        own.saturating_add(SampleRowBuffers::bytes(compiled.network(), batch.count))
    }

    /// Writes what the batch has of samples `samples`: classes, initial state, known data.
    pub fn upload(
        &self,
        queue: &Queue,
        batch: &Batch,
        samples: std::ops::Range<usize>,
        compiled: &Compiled,
    ) {
        let kind = compiled.samples();
        if let (Some(buffers), NetworkBuffers::Layers { program, .. }) =
            (&self.sample_rows, compiled.network())
        {
            buffers.upload(queue, program, batch, samples.clone());
        }
        if let Some(null_class) = kind.num_classes {
            let class_of = |i| {
                batch
                    .class_of(i, kind.num_classes)
                    .unwrap_or(null_class as u32)
            };
            let classes: Vec<u32> = samples.clone().map(class_of).collect();
            queue.write_buffer(&self.classes, 0, bytemuck::cast_slice(&classes));
        }
        let range = samples.start * kind.dims..samples.end * kind.dims;
        if let (Some(buffer), Some(values)) = (&self.initial, &batch.initial) {
            queue.write_buffer(buffer, 0, bytemuck::cast_slice(&values[range.clone()]));
        }
        if let (Some(buffers), Some(known)) = (&self.inpaint, &batch.inpaint) {
            buffers.upload(queue, known, range);
        }
    }
}
