//! A run's images as one texture on the device, to be drawn or copied without a readback.

use bytemuck::{Pod, Zeroable};
use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayoutDescriptor,
    BindGroupLayoutEntry, BindingResource, BindingType, Buffer, BufferBindingType, BufferUsages,
    CommandEncoder, ComputePassDescriptor, ComputePipeline, Device, ShaderStages,
    StorageTextureAccess, Texture, TextureDescriptor, TextureDimension, TextureFormat,
    TextureUsages, TextureView, TextureViewDescriptor, TextureViewDimension,
};

use super::buffers::filled;
use super::error::SamplerError;
use super::kernels::Kernel;
use super::part::RunPart;
use super::pipelines::compile;
use super::scope::checked;

/// `struct Grid` of `shaders/to_rgba8.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[allow(missing_docs, reason = "documented field by field in the WGSL")]
pub struct Grid {
    pub channels: u32,
    pub height: u32,
    pub width: u32,
    pub columns: u32,
    pub count: u32,
    pub padding_0: u32,
    pub padding_1: u32,
    pub padding_2: u32,
}

/// What of a run a [`Picture`] shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shown {
    /// The state x.
    State,
    /// The estimate x̂₀.
    X0,
}

/// The images of a part of a run in rows of `columns`, as an RGBA8 texture: −1 is black, 1 is white, beyond is clamped.
///
/// The texture may be sampled, copied and drawn. Places of the grid without an image are transparent.
#[derive(Debug)]
pub struct Picture {
    texture: Texture,
    view: TextureView,
    pipeline: ComputePipeline,
    group: BindGroup,
    /// Kept with the bind group that reads it.
    _grid: Buffer,
}

impl Picture {
    /// A picture of a part's images, of shape `[channels, height, width]` with 1 or 3 channels.
    ///
    /// # Errors
    /// [`SamplerError::NotImages`] if the samples are no images, [`SamplerError::LimitExceeded`] if the texture would be
    /// larger than the device's `max_texture_dimension_2d`.
    pub fn new(
        device: &Device,
        part: &RunPart,
        sample_shape: &[usize],
        columns: u32,
        shown: Shown,
    ) -> Result<Self, SamplerError> {
        let text = Kernel::ToRgba8.source().to_owned();
        Self::with_text(device, part, sample_shape, columns, shown, text)
    }

    /// As [`Picture::new`], drawn by a kernel of this text.
    pub(crate) fn with_text(
        device: &Device,
        part: &RunPart,
        sample_shape: &[usize],
        columns: u32,
        shown: Shown,
        text: String,
    ) -> Result<Self, SamplerError> {
        let &[channels @ (1 | 3), height, width] = sample_shape else {
            return Err(SamplerError::NotImages {
                sample_shape: sample_shape.to_vec(),
            });
        };
        let count = part.samples().len() as u32;
        let columns = columns.clamp(1, count);
        let grid = Grid {
            channels: channels as u32,
            height: height as u32,
            width: width as u32,
            columns,
            count,
            padding_0: 0,
            padding_1: 0,
            padding_2: 0,
        };
        let (texture_width, texture_height) =
            (columns * grid.width, count.div_ceil(columns) * grid.height);
        let limit = device.limits().max_texture_dimension_2d;
        if texture_width.max(texture_height) > limit {
            return Err(SamplerError::LimitExceeded {
                what: "the sides of a picture in pixels",
                needed: texture_width.max(texture_height).into(),
                limit_name: "max_texture_dimension_2d",
                limit: limit.into(),
            });
        }
        checked(device, "ddim.to_rgba8", || {
            let texture = device.create_texture(&TextureDescriptor {
                label: Some("ddim.picture"),
                size: wgpu::Extent3d {
                    width: texture_width,
                    height: texture_height,
                    depth_or_array_layers: 1,
                },
                mip_level_count: 1,
                sample_count: 1,
                dimension: TextureDimension::D2,
                format: TextureFormat::Rgba8Unorm,
                usage: TextureUsages::STORAGE_BINDING
                    | TextureUsages::TEXTURE_BINDING
                    | TextureUsages::COPY_SRC,
                view_formats: &[],
            });
            let view = texture.create_view(&TextureViewDescriptor::default());
            let grid = filled(
                device,
                "ddim.grid",
                bytemuck::bytes_of(&grid),
                BufferUsages::UNIFORM,
            );
            let layout = device.create_bind_group_layout(&BindGroupLayoutDescriptor {
                label: Some("ddim.to_rgba8"),
                entries: &[
                    entry(0, buffer_type(BufferBindingType::Uniform)),
                    entry(
                        1,
                        buffer_type(BufferBindingType::Storage { read_only: true }),
                    ),
                    entry(
                        2,
                        BindingType::StorageTexture {
                            access: StorageTextureAccess::WriteOnly,
                            format: TextureFormat::Rgba8Unorm,
                            view_dimension: TextureViewDimension::D2,
                        },
                    ),
                ],
            });
            let pipeline = compile(device, &[Some(&layout)], Kernel::ToRgba8, text);
            let values = match shown {
                Shown::State => part.state(),
                Shown::X0 => part.x0(),
            };
            let resources = [
                grid.as_entire_binding(),
                values.as_entire_binding(),
                BindingResource::TextureView(&view),
            ];
            let entries: Vec<_> = (0..)
                .zip(resources)
                .map(|(binding, resource)| BindGroupEntry { binding, resource })
                .collect();
            let group = device.create_bind_group(&BindGroupDescriptor {
                label: Some("ddim.to_rgba8"),
                layout: &layout,
                entries: &entries,
            });
            Self {
                texture,
                view,
                pipeline,
                group,
                _grid: grid,
            }
        })
    }

    /// Records the drawing of what the run's buffers hold when this is executed.
    pub fn encode(&self, encoder: &mut CommandEncoder) {
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor {
            label: Some("ddim.to_rgba8"),
            timestamp_writes: None,
        });
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.group, &[]);
        pass.dispatch_workgroups(
            self.texture.width().div_ceil(8),
            self.texture.height().div_ceil(8),
            1,
        );
    }

    /// The texture, RGBA8.
    #[must_use]
    pub fn texture(&self) -> &Texture {
        &self.texture
    }

    /// A view of the whole texture.
    #[must_use]
    pub fn view(&self) -> &TextureView {
        &self.view
    }
}

fn buffer_type(ty: BufferBindingType) -> BindingType {
    BindingType::Buffer {
        ty,
        has_dynamic_offset: false,
        min_binding_size: None,
    }
}

fn entry(binding: u32, ty: BindingType) -> BindGroupLayoutEntry {
    BindGroupLayoutEntry {
        binding,
        visibility: ShaderStages::COMPUTE,
        ty,
        count: None,
    }
}
