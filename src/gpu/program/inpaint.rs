//! Inpainting's part of a run: a kernel that is dispatched after the step, and the buffers it reads.

use std::ops::Range;

use wgpu::{
    BindGroupLayout, BindGroupLayoutDescriptor, Buffer, BufferBindingType, ComputePipeline, Device,
    PipelineCache, Queue,
};

use super::buffers::sample_buffer;
use super::pipelines::{Layouts, buffer_entry, compile};
use crate::batch::Inpaint;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::checked;
use crate::gpu::shader::composed::Composed;
use crate::gpu::shader::kernel::Kernel;

/// The kernel; compiled when the first run with known data is prepared.
#[derive(Debug)]
pub struct MaskProgram {
    pub pipeline: ComputePipeline,
    /// Of [`KnownBuffers`], group 1.
    pub layout: BindGroupLayout,
}

impl MaskProgram {
    /// Compiles its WGSL.
    pub fn new(
        device: &Device,
        layouts: &Layouts,
        wgsl: &Composed,
        cache: Option<&PipelineCache>,
    ) -> Result<Self, SamplerError> {
        let kernel = Kernel::MaskStep;
        let layout = checked(device, "ddim.known", || {
            let entry = |binding| {
                let storage = BufferBindingType::Storage { read_only: true };
                buffer_entry(binding, storage, false, None)
            };
            device.create_bind_group_layout(&BindGroupLayoutDescriptor {
                label: Some("ddim.known"),
                entries: &[entry(0), entry(1)],
            })
        })?;
        let groups = [Some(&layouts.run), Some(&layout)];
        let pipeline = compile(device, &groups, kernel, wgsl, cache)?;
        Ok(Self { pipeline, layout })
    }
}

/// What a part of a run keeps, and where: each `[samples, D]`.
#[derive(Clone, Debug)]
pub struct KnownBuffers {
    pub data: Buffer,
    pub mask: Buffer,
}

impl KnownBuffers {
    pub fn new(device: &Device, count: usize, dims: usize) -> Self {
        Self {
            data: sample_buffer(device, "ddim.known", count, dims),
            mask: sample_buffer(device, "ddim.mask", count, dims),
        }
    }

    /// Writes the values `range` of `known`, those of the part's samples.
    pub fn upload(&self, queue: &Queue, known: &Inpaint, range: Range<usize>) {
        for (buffer, values) in [(&self.data, &known.data), (&self.mask, &known.mask)] {
            queue.write_buffer(buffer, 0, bytemuck::cast_slice(&values[range.clone()]));
        }
    }
}
