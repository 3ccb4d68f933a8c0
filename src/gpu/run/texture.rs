//! A run's images as one texture on the device, to be drawn or copied without a readback.

use bytemuck::{Pod, Zeroable};
use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayoutDescriptor,
    BindGroupLayoutEntry, BindingResource, BindingType, Buffer, BufferBindingType, BufferUsages,
    CommandEncoder, ComputePassDescriptor, ComputePipeline, Device, ShaderStages,
    StorageTextureAccess, Texture, TextureDescriptor, TextureDimension, TextureFormat,
    TextureUsages, TextureView, TextureViewDescriptor, TextureViewDimension,
};

use super::shard::RunPart;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::checked;
use crate::gpu::program::buffers::filled;
use crate::gpu::program::pipelines::compile;
use crate::gpu::shader::composed::Composed;
use crate::gpu::shader::kernel::Kernel;

/// `struct Grid` of `shaders/present/grid.wgsl`.
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

/// What a [`Picture`]'s texture holds of a value `v`, which is in [−1, 1] for data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PictureFormat {
    /// `Rgba8Unorm`: −1 is black, 1 is white, beyond is clamped; the byte is `⌊127.5·(v + 1) + ½⌋` on every driver.
    #[default]
    Rgba8,
    /// `Rgba16Float`: `(v + 1)/2`, not clamped, for hosts that tone-map or blend in linear light of their own.
    Rgba16F,
}

impl PictureFormat {
    /// The texture's format.
    #[must_use]
    pub const fn texture_format(self) -> TextureFormat {
        match self {
            Self::Rgba8 => TextureFormat::Rgba8Unorm,
            Self::Rgba16F => TextureFormat::Rgba16Float,
        }
    }

    pub(crate) const fn kernel(self) -> Kernel {
        match self {
            Self::Rgba8 => Kernel::ToRgba8,
            Self::Rgba16F => Kernel::ToRgba16F,
        }
    }
}

/// The images of a part of a run in rows of `columns`, as a texture.
///
/// The texture may be sampled, copied and drawn. Places of the grid without an image are transparent.
#[derive(Debug)]
pub struct Picture {
    texture: Texture,
    view: TextureView,
    kernel: Kernel,
    pipeline: ComputePipeline,
    group: BindGroup,
    /// Kept with the bind group that reads it.
    _grid: Buffer,
}

impl Picture {
    /// A picture of a part's images, of shape `[channels, height, width]` with 1 or 3 channels, as [`PictureFormat::Rgba8`].
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
        Self::with_format(
            device,
            part,
            sample_shape,
            columns,
            shown,
            PictureFormat::default(),
        )
    }

    /// As [`Picture::new`], in a format of choice.
    ///
    /// # Errors
    /// As [`Picture::new`].
    pub fn with_format(
        device: &Device,
        part: &RunPart,
        sample_shape: &[usize],
        columns: u32,
        shown: Shown,
        format: PictureFormat,
    ) -> Result<Self, SamplerError> {
        let text = format.kernel().picture();
        Self::with_text(device, part, sample_shape, columns, shown, format, text)
    }

    /// As [`Picture::with_format`], drawn by a kernel of this text.
    pub(crate) fn with_text(
        device: &Device,
        part: &RunPart,
        sample_shape: &[usize],
        columns: u32,
        shown: Shown,
        format: PictureFormat,
        text: Composed,
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
        let kernel = format.kernel();
        checked(device, kernel.label(), || {
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
                format: format.texture_format(),
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
                label: Some(kernel.label()),
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
                            format: format.texture_format(),
                            view_dimension: TextureViewDimension::D2,
                        },
                    ),
                ],
            });
            let pipeline = compile(device, &[Some(&layout)], kernel, &text, None)?;
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
                label: Some(kernel.label()),
                layout: &layout,
                entries: &entries,
            });
            Ok(Self {
                texture,
                view,
                kernel,
                pipeline,
                group,
                _grid: grid,
            })
        })?
    }

    /// Records the drawing of what the run's buffers hold when this is executed.
    pub fn encode(&self, encoder: &mut CommandEncoder) {
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor {
            label: Some(self.kernel.label()),
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

    pub(crate) fn pixel_bytes(&self) -> u32 {
        match self.kernel {
            Kernel::ToRgba16F => 8,
            _ => 4,
        }
    }

    /// The texture, in the format it was made with.
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
