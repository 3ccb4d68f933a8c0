//! A run's images as one texture on the device, to be drawn or copied without a readback.

use bytemuck::{Pod, Zeroable};
use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayout, BindGroupLayoutDescriptor,
    BindGroupLayoutEntry, BindingResource, BindingType, Buffer, BufferBindingType, BufferUsages,
    COPY_BYTES_PER_ROW_ALIGNMENT, CommandEncoder, ComputePassDescriptor, ComputePipeline, Device,
    Queue, ShaderStages, StorageTextureAccess, TexelCopyBufferInfo, TexelCopyBufferLayout, Texture,
    TextureDescriptor, TextureDimension, TextureFormat, TextureUsages, TextureView,
    TextureViewDescriptor, TextureViewDimension,
};

use super::readback::Staging;
use super::shard::RunShard;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::checked;
use crate::gpu::device::link::Link;
use crate::gpu::program::buffers::filled;
use crate::gpu::program::pipelines::compile;
use crate::gpu::shader::composed::Composed;
use crate::gpu::shader::kernel::Kernel;

/// `struct Grid` of `shaders/present/grid.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[allow(missing_docs, reason = "documented field by field in the WGSL")]
pub struct ImageGrid {
    pub channels: u32,
    pub height: u32,
    pub width: u32,
    pub columns: u32,
    pub count: u32,
    pub padding_0: u32,
    pub padding_1: u32,
    pub padding_2: u32,
}

/// The array of a run that an [`ImageTexture`] shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageSource {
    /// The state x.
    State,
    /// The estimate x̂₀.
    X0,
}

/// Texels that an [`ImageTexture`] holds for a value `v`, which is in [−1, 1] for data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageFormat {
    /// `Rgba8Unorm`: −1 is black, 1 is white, beyond is clamped; the byte is `⌊127.5·(v + 1) + ½⌋`
    /// on every driver.
    #[default]
    Rgba8,
    /// `Rgba16Float`: `(v + 1)/2`, not clamped, for hosts that tone-map or blend in linear light of
    /// their own.
    Rgba16F,
}

impl ImageFormat {
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

/// What to draw of a shard, and by which text.
pub(crate) struct Drawing {
    /// Images side by side.
    pub columns: u32,
    pub source: ImageSource,
    pub format: ImageFormat,
    /// The whole WGSL of the format's kernel.
    pub text: Composed,
}

/// The images of a shard of a run in rows of `columns`, as a texture.
///
/// The texture may be sampled, copied and drawn. Places of the grid without an image are
/// transparent.
#[derive(Debug)]
pub struct ImageTexture {
    texture: Texture,
    view: TextureView,
    kernel: Kernel,
    pipeline: ComputePipeline,
    group: BindGroup,
    /// Kept with the bind group that reads it.
    _grid: Buffer,
}

impl ImageTexture {
    /// A texture of a shard's images, of shape `[channels, height, width]` with 1 or 3 channels, as
    /// [`ImageFormat::Rgba8`].
    ///
    /// # Errors
    /// [`SamplerError::NotImages`] if the samples are no images, [`SamplerError::LimitExceeded`] if
    /// the texture would be larger than the device's `max_texture_dimension_2d`.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn new(
        device: &Device,
        shard: &RunShard,
        sample_shape: &[usize],
        columns: u32,
        source: ImageSource,
    ) -> Result<Self, SamplerError> {
        let format = ImageFormat::default();
        Self::with_format(device, shard, sample_shape, columns, source, format)
    }

    /// As [`ImageTexture::new`], in a given format.
    ///
    /// # Errors
    /// As [`ImageTexture::new`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn with_format(
        device: &Device,
        shard: &RunShard,
        sample_shape: &[usize],
        columns: u32,
        source: ImageSource,
        format: ImageFormat,
    ) -> Result<Self, SamplerError> {
        let made = Self::with_format_async(device, shard, sample_shape, columns, source, format);
        pollster::block_on(made)
    }

    /// As [`ImageTexture::with_format`], awaiting the device's error scopes.
    ///
    /// # Errors
    /// As [`ImageTexture::new`].
    pub async fn with_format_async(
        device: &Device,
        shard: &RunShard,
        sample_shape: &[usize],
        columns: u32,
        source: ImageSource,
        format: ImageFormat,
    ) -> Result<Self, SamplerError> {
        let drawing = Drawing {
            columns,
            source,
            format,
            text: format.kernel().picture(),
        };
        Self::drawn(device, shard, sample_shape, drawing).await
    }

    /// A texture drawn by a kernel of a given text.
    pub(crate) async fn drawn(
        device: &Device,
        shard: &RunShard,
        sample_shape: &[usize],
        drawing: Drawing,
    ) -> Result<Self, SamplerError> {
        let count = shard.samples().len() as u32;
        let grid = ImageGrid::new(sample_shape, drawing.columns, count)?;
        let size = grid.texels(device)?;
        let values = match drawing.source {
            ImageSource::State => shard.state(),
            ImageSource::X0 => shard.x0(),
        };
        let (kernel, format) = (drawing.format.kernel(), drawing.format.texture_format());
        let layout = checked(device, kernel.label(), || layout(device, kernel, format)).await?;
        let pipeline = compile(device, &[Some(&layout)], kernel, &drawing.text, None).await?;
        checked(device, kernel.label(), || {
            let texture = texture(device, size, format);
            let view = texture.create_view(&TextureViewDescriptor::default());
            let grid = bytemuck::bytes_of(&grid);
            let grid = filled(device, "ddim.grid", grid, BufferUsages::UNIFORM);
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
            Self {
                texture,
                view,
                kernel,
                pipeline,
                group,
                _grid: grid,
            }
        })
        .await
    }

    /// The texture's bytes, `[height, width, 4]` of one byte or of two, after everything submitted
    /// so far; record [`ImageTexture::encode`] first.
    ///
    /// Submits a copy and awaits it; the host polls the device meanwhile.
    ///
    /// # Errors
    /// As [`Run::read`](crate::gpu::Run::read).
    pub async fn read(&self, device: &Device, queue: &Queue) -> Result<Vec<u8>, SamplerError> {
        self.read_by(Link::new(device, queue)).await
    }

    /// As [`ImageTexture::read`], but polls the device itself and blocks the calling thread.
    ///
    /// # Errors
    /// As [`Run::read_blocking`](crate::gpu::Run::read_blocking).
    #[cfg(not(target_arch = "wasm32"))]
    pub fn read_blocking(&self, device: &Device, queue: &Queue) -> Result<Vec<u8>, SamplerError> {
        let timeout = crate::gpu::device::waiting::READ_TIMEOUT;
        pollster::block_on(self.read_by(Link::polling(device, queue, timeout)))
    }

    /// As [`ImageTexture::read`], waiting as `link` does.
    pub(crate) async fn read_by(&self, link: Link<'_>) -> Result<Vec<u8>, SamplerError> {
        let texture = self.texture();
        let row_bytes = self.texel_bytes() * texture.width();
        let stride = row_bytes.next_multiple_of(COPY_BYTES_PER_ROW_ALIGNMENT);
        let bytes = u64::from(stride) * u64::from(texture.height());
        let staging = Staging::copy(link, bytes, |encoder, buffer| {
            let layout = TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(stride),
                rows_per_image: None,
            };
            let target = TexelCopyBufferInfo { buffer, layout };
            encoder.copy_texture_to_buffer(texture.as_image_copy(), target, texture.size());
        });
        let padded: Vec<u8> = staging.await?.read(link).await?;
        let rows = padded.chunks_exact(stride as usize);
        Ok(rows
            .flat_map(|row| &row[..row_bytes as usize])
            .copied()
            .collect())
    }

    /// Records the drawing of the run's buffers as they are when this is executed.
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

    fn texel_bytes(&self) -> u32 {
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

impl ImageGrid {
    /// `count` images in rows of `columns`.
    fn new(sample_shape: &[usize], columns: u32, count: u32) -> Result<Self, SamplerError> {
        let &[channels @ (1 | 3), height, width] = sample_shape else {
            return Err(SamplerError::NotImages {
                sample_shape: sample_shape.to_vec(),
            });
        };
        Ok(Self {
            channels: channels as u32,
            height: height as u32,
            width: width as u32,
            columns: columns.clamp(1, count),
            count,
            ..Zeroable::zeroed()
        })
    }

    /// Width and height of the texture.
    fn texels(&self, device: &Device) -> Result<[u32; 2], SamplerError> {
        let rows = self.count.div_ceil(self.columns);
        let size = [self.columns * self.width, rows * self.height];
        let (needed, limit) = (
            size[0].max(size[1]),
            device.limits().max_texture_dimension_2d,
        );
        if needed > limit {
            return Err(SamplerError::LimitExceeded {
                what: "the sides of a picture in pixels",
                needed: needed.into(),
                limit_name: "max_texture_dimension_2d",
                limit: limit.into(),
            });
        }
        Ok(size)
    }
}

fn texture(device: &Device, [width, height]: [u32; 2], format: TextureFormat) -> Texture {
    device.create_texture(&TextureDescriptor {
        label: Some("ddim.picture"),
        size: wgpu::Extent3d {
            width,
            height,
            depth_or_array_layers: 1,
        },
        mip_level_count: 1,
        sample_count: 1,
        dimension: TextureDimension::D2,
        format,
        usage: TextureUsages::STORAGE_BINDING
            | TextureUsages::TEXTURE_BINDING
            | TextureUsages::COPY_SRC,
        view_formats: &[],
    })
}

/// The grid, the values and the texture.
fn layout(device: &Device, kernel: Kernel, format: TextureFormat) -> BindGroupLayout {
    let storage = BufferBindingType::Storage { read_only: true };
    let texture = BindingType::StorageTexture {
        access: StorageTextureAccess::WriteOnly,
        format,
        view_dimension: TextureViewDimension::D2,
    };
    device.create_bind_group_layout(&BindGroupLayoutDescriptor {
        label: Some(kernel.label()),
        entries: &[
            entry(0, buffer_type(BufferBindingType::Uniform)),
            entry(1, buffer_type(storage)),
            entry(2, texture),
        ],
    })
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
