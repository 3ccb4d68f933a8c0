//! Inpainting's pass: a kernel that is dispatched after the step, and the layout of what it reads.

use wgpu::{BindGroupLayout, BindGroupLayoutDescriptor, BufferBindingType, Device, PipelineCache};

use super::pipelines::{Layouts, buffer_entry, compile};
use super::recording::{Pass, When};
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::checked;
use crate::gpu::shader::composed::Composed;
use crate::gpu::shader::kernel::Kernel;

/// The pass, and the layout of the bind group with the data to keep and the mask.
#[derive(Debug)]
pub struct Inpainting {
    pass: Pass,
    layout: BindGroupLayout,
}

impl Inpainting {
    /// Compiles its WGSL.
    pub async fn new(
        device: &Device,
        layouts: &Layouts,
        wgsl: &Composed,
        cache: Option<&PipelineCache>,
    ) -> Result<Self, SamplerError> {
        let kernel = Kernel::MaskStep;
        let layout = checked(device, "ddim.inpaint", || {
            let entry = |binding| {
                let storage = BufferBindingType::Storage { read_only: true };
                buffer_entry(binding, storage, false, None)
            };
            device.create_bind_group_layout(&BindGroupLayoutDescriptor {
                label: Some("ddim.inpaint"),
                entries: &[entry(0), entry(1)],
            })
        })
        .await?;
        let groups = [Some(&layouts.run), Some(&layout)];
        let pipeline = compile(device, &groups, kernel, wgsl, cache).await?;
        Ok(Self {
            pass: Pass::new(kernel, pipeline, When::Always, 1),
            layout,
        })
    }

    pub fn pass(&self) -> &Pass {
        &self.pass
    }

    pub fn layout(&self) -> &BindGroupLayout {
        &self.layout
    }
}
