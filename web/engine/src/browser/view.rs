//! A canvas that shows a run, drawn by WebGPU from the run's own buffers.

use ddim_wgpu::wgpu;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsError, JsValue};
use web_sys::HtmlCanvasElement;
use wgpu::{
    BindGroupDescriptor, BindGroupEntry, BindGroupLayout, BindingResource, Buffer, BufferBinding,
    BufferDescriptor, BufferUsages, CurrentSurfaceTexture, Queue, RenderPipeline, Surface,
    SurfaceConfiguration, SurfaceTarget, TextureFormat, TextureUsages, vertex_attr_array,
};

use super::device::Device;
use super::gpu_play::Shown;
use super::player::{Play, Player};
use super::script::{Outcome, read};

const TEXT: &str = include_str!("view.wgsl");

/// A canvas that shows a run.
#[wasm_bindgen]
pub struct View {
    surface: Surface<'static>,
    configuration: std::cell::RefCell<SurfaceConfiguration>,
    device: wgpu::Device,
    queue: Queue,
    points: RenderPipeline,
    images: RenderPipeline,
    look: Buffer,
}

/// How a state is shown.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Style {
    /// The canvas, in pixels.
    size: [u32; 2],
    paper: [f32; 3],
    ink: [f32; 3],
    /// Points: pixels per unit of data.
    #[serde(default)]
    zoom: f32,
    #[serde(default)]
    radius: f32,
    /// Images side by side.
    #[serde(default)]
    columns: u32,
    /// Sides of an image, and the gap between two, in pixels.
    #[serde(default)]
    cell: [f32; 2],
    #[serde(default)]
    gap: f32,
}

/// `struct Look` of `view.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Look {
    size: [f32; 2],
    zoom: f32,
    radius: f32,
    columns: u32,
    count: u32,
    width: u32,
    height: u32,
    cell: [f32; 2],
    gap: f32,
    channels: u32,
    paper: [f32; 4],
    ink: [f32; 4],
}

#[wasm_bindgen]
impl View {
    /// Takes a canvas for a device. A canvas that was drawn to otherwise cannot be taken.
    ///
    /// # Errors
    /// If the device is not WebGPU, or the canvas is not to be had.
    pub async fn create(device: &Device, canvas: HtmlCanvasElement) -> Outcome<View> {
        let Some(graphics) = device.for_canvas() else {
            return Err(JsError::new(
                "a view needs WebGPU: read the player's values instead",
            ));
        };
        let (gpu, queue) = device.backend().wgpu().expect("a device with an adapter");
        let (width, height) = (canvas.width().max(1), canvas.height().max(1));
        let surface = graphics
            .instance
            .create_surface(SurfaceTarget::Canvas(canvas))?;
        let configuration = surface.get_default_config(&graphics.adapter, width, height);
        let mut configuration =
            configuration.ok_or_else(|| JsError::new("the adapter cannot draw to a canvas"))?;
        configuration.usage = TextureUsages::RENDER_ATTACHMENT;
        surface.configure(gpu, &configuration);
        let scope = gpu.push_error_scope(wgpu::ErrorFilter::Validation);
        let module = gpu.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("web.view"),
            source: wgpu::ShaderSource::Wgsl(TEXT.into()),
        });
        let view = Self {
            points: pipeline(gpu, &module, configuration.format, Kind::Points),
            images: pipeline(gpu, &module, configuration.format, Kind::Images),
            look: gpu.create_buffer(&BufferDescriptor {
                label: Some("web.look"),
                size: size_of::<Look>() as u64,
                usage: BufferUsages::UNIFORM | BufferUsages::COPY_DST,
                mapped_at_creation: false,
            }),
            surface,
            configuration: configuration.into(),
            device: gpu.clone(),
            queue: queue.clone(),
        };
        match scope.pop().await {
            None => Ok(view),
            Some(error) => Err(error.into()),
        }
    }

    /// Draws the state after `row` rows: points of two values, images, or
    /// vectors as images of one line. `style` has `size`,
    /// `paper` and `ink`, for points `zoom` and `radius`, for images `columns`, `cell` and `gap`;
    /// lengths are pixels of the canvas, colours three numbers from 0 to 1. Returns whether there
    /// was such a state.
    ///
    /// # Errors
    /// If the samples are neither, or the run is not this device's.
    pub fn draw(&self, player: &Player, row: usize, style: JsValue) -> Outcome<bool> {
        let style: Style = read("style", &style)?;
        let Play::Gpu(play) = player.play() else {
            return Err(JsError::new("this run is not on a GPU"));
        };
        let play = play.borrow();
        let Some(shown) = play.shown(row) else {
            return Ok(false);
        };
        let (kind, look) = look(&style, player.shape(), play.count())?;
        self.resize(style.size);
        let target = match self.surface.get_current_texture() {
            CurrentSurfaceTexture::Success(target) | CurrentSurfaceTexture::Suboptimal(target) => {
                target
            }
            // A canvas that is not visible; there is another frame.
            _ => return Ok(false),
        };
        self.queue
            .write_buffer(&self.look, 0, bytemuck::bytes_of(&look));
        let texture = target.texture.create_view(&Default::default());
        let mut encoder = self.device.create_command_encoder(&Default::default());
        let attachment = wgpu::RenderPassColorAttachment {
            view: &texture,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations {
                load: wgpu::LoadOp::Clear(clear(style.paper)),
                store: wgpu::StoreOp::Store,
            },
        };
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("web.view"),
            color_attachments: &[Some(attachment)],
            ..Default::default()
        });
        match kind {
            Kind::Points => self.draw_points(&mut pass, &shown, play.count()),
            Kind::Images => self.draw_images(&mut pass, &shown),
        }
        drop(pass);
        self.queue.submit([encoder.finish()]);
        self.queue.present(target);
        Ok(true)
    }
}

impl View {
    fn resize(&self, [width, height]: [u32; 2]) {
        let mut configuration = self.configuration.borrow_mut();
        let size = (width.max(1), height.max(1));
        if (configuration.width, configuration.height) != size {
            (configuration.width, configuration.height) = size;
            self.surface.configure(&self.device, &configuration);
        }
    }

    fn draw_points(&self, pass: &mut wgpu::RenderPass<'_>, shown: &Shown<'_>, count: u32) {
        let group = self.group(&self.points.get_bind_group_layout(0), None);
        pass.set_pipeline(&self.points);
        pass.set_bind_group(0, &group, &[]);
        for (slot, (buffer, offset)) in (0..).zip([shown.state, shown.start]) {
            pass.set_vertex_buffer(slot, buffer.slice(offset..offset + shown.bytes));
        }
        pass.draw(0..4, 0..count);
    }

    fn draw_images(&self, pass: &mut wgpu::RenderPass<'_>, shown: &Shown<'_>) {
        let (buffer, offset) = shown.state;
        let values = BindingResource::Buffer(BufferBinding {
            buffer,
            offset,
            size: std::num::NonZeroU64::new(shown.bytes),
        });
        let group = self.group(&self.images.get_bind_group_layout(0), Some(values));
        pass.set_pipeline(&self.images);
        pass.set_bind_group(0, &group, &[]);
        pass.draw(0..3, 0..1);
    }

    fn group(
        &self,
        layout: &BindGroupLayout,
        values: Option<BindingResource<'_>>,
    ) -> wgpu::BindGroup {
        let look = Some(self.look.as_entire_binding());
        let resources = [look, values].into_iter().flatten();
        let entries: Vec<_> = (0..)
            .zip(resources)
            .map(|(binding, resource)| BindGroupEntry { binding, resource })
            .collect();
        self.device.create_bind_group(&BindGroupDescriptor {
            label: Some("web.view"),
            layout,
            entries: &entries,
        })
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Points,
    Images,
}

fn look(style: &Style, shape: &[usize], count: u32) -> Outcome<(Kind, Look)> {
    let rgba = |[r, g, b]: [f32; 3]| [r, g, b, 1.0];
    let (kind, [channels, height, width]) = match *shape {
        [2] => (Kind::Points, [0; 3]),
        [width] => (Kind::Images, [1, 1, width]),
        [channels @ (1 | 3), height, width] => (Kind::Images, [channels, height, width]),
        _ => {
            let message = format!("samples of shape {shape:?} are neither points nor images");
            return Err(JsError::new(&message));
        }
    };
    let look = Look {
        size: style.size.map(|side| side.max(1) as f32),
        zoom: style.zoom,
        radius: style.radius,
        columns: style.columns.max(1),
        count,
        width: width as u32,
        height: height as u32,
        cell: style.cell,
        gap: style.gap,
        channels: channels as u32,
        paper: rgba(style.paper),
        ink: rgba(style.ink),
    };
    Ok((kind, look))
}

fn clear([r, g, b]: [f32; 3]) -> wgpu::Color {
    let [r, g, b] = [r, g, b].map(f64::from);
    wgpu::Color { r, g, b, a: 1.0 }
}

fn pipeline(
    device: &wgpu::Device,
    module: &wgpu::ShaderModule,
    format: TextureFormat,
    kind: Kind,
) -> RenderPipeline {
    let instances = |attributes| {
        Some(wgpu::VertexBufferLayout {
            array_stride: 8,
            step_mode: wgpu::VertexStepMode::Instance,
            attributes,
        })
    };
    let attributes = [
        vertex_attr_array![0 => Float32x2],
        vertex_attr_array![1 => Float32x2],
    ];
    let buffers = [instances(&attributes[0]), instances(&attributes[1])];
    let (vertex, fragment, buffers) = match kind {
        Kind::Points => ("point", "disc", &buffers[..]),
        Kind::Images => ("everywhere", "image", &[][..]),
    };
    let blend = (kind == Kind::Points).then_some(wgpu::BlendState::ALPHA_BLENDING);
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("web.view"),
        layout: None,
        vertex: wgpu::VertexState {
            module,
            entry_point: Some(vertex),
            compilation_options: Default::default(),
            buffers,
        },
        primitive: wgpu::PrimitiveState {
            topology: wgpu::PrimitiveTopology::TriangleStrip,
            ..Default::default()
        },
        depth_stencil: None,
        multisample: Default::default(),
        fragment: Some(wgpu::FragmentState {
            module,
            entry_point: Some(fragment),
            compilation_options: Default::default(),
            targets: &[Some(wgpu::ColorTargetState {
                format,
                blend,
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}
