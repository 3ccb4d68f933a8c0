//! The data that a shard keeps, and its mask.

use std::ops::Range;

use wgpu::{Buffer, Device, Queue};

use crate::batch::Inpaint;
use crate::gpu::program::buffers::sample_buffer;

/// The data to keep and the mask, each `[samples, D]`.
#[derive(Clone, Debug)]
pub struct InpaintBuffers {
    data: Buffer,
    mask: Buffer,
}

impl InpaintBuffers {
    pub fn new(device: &Device, count: usize, dims: usize) -> Self {
        Self {
            data: sample_buffer(device, "ddim.inpaint", count, dims),
            mask: sample_buffer(device, "ddim.mask", count, dims),
        }
    }

    /// Writes the values `range` of `known`, those of the shard's samples.
    pub fn upload(&self, queue: &Queue, known: &Inpaint, range: Range<usize>) {
        for (buffer, values) in [(&self.data, &known.data), (&self.mask, &known.mask)] {
            queue.write_buffer(buffer, 0, bytemuck::cast_slice(&values[range.clone()]));
        }
    }

    /// In the order of their bindings.
    pub fn bound(&self) -> [&Buffer; 2] {
        [&self.data, &self.mask]
    }
}
