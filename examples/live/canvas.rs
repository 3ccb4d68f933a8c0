//! What is on screen: points and images, drawn from the sampler's own buffers and textures
//! inside egui's render pass.

use std::sync::{Arc, Mutex};

use ddim_wgpu::gpu::ImageSource;
use eframe::egui_wgpu::{Callback, CallbackResources, CallbackTrait, ScreenDescriptor};
use eframe::{egui, wgpu};

use crate::report::Report;
use crate::session::Session;

/// The host's pipeline for points: a soft disc each, lights added up.
pub(crate) struct PointRenderer {
    pipeline: wgpu::RenderPipeline,
    group: wgpu::BindGroup,
    uniform: wgpu::Buffer,
}

const SHADER: &str = include_str!("points.wgsl");

impl PointRenderer {
    pub(crate) fn new(device: &wgpu::Device, format: wgpu::TextureFormat) -> Self {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("live.points"),
            source: wgpu::ShaderSource::Wgsl(SHADER.into()),
        });
        let instances = |attributes| {
            Some(wgpu::VertexBufferLayout {
                array_stride: 8,
                step_mode: wgpu::VertexStepMode::Instance,
                attributes,
            })
        };
        let add = wgpu::BlendComponent {
            src_factor: wgpu::BlendFactor::One,
            dst_factor: wgpu::BlendFactor::One,
            operation: wgpu::BlendOperation::Add,
        };
        let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some("live.points"),
            layout: None,
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: None,
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &[
                    instances(&wgpu::vertex_attr_array![0 => Float32x2]),
                    instances(&wgpu::vertex_attr_array![1 => Float32x2]),
                ],
            },
            primitive: wgpu::PrimitiveState {
                topology: wgpu::PrimitiveTopology::TriangleStrip,
                ..Default::default()
            },
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: None,
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[Some(wgpu::ColorTargetState {
                    format,
                    blend: Some(wgpu::BlendState {
                        color: add,
                        alpha: add,
                    }),
                    write_mask: wgpu::ColorWrites::COLOR,
                })],
            }),
            multiview_mask: None,
            cache: None,
        });
        let uniform = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("live.points"),
            size: 16,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("live.points"),
            layout: &pipeline.get_bind_group_layout(0),
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: uniform.as_entire_binding(),
            }],
        });
        Self {
            pipeline,
            group,
            uniform,
        }
    }
}

/// One frame of the canvas.
struct Frame {
    session: Arc<Mutex<Session>>,
    renderer: Arc<PointRenderer>,
    report: Arc<Mutex<Report>>,
    shown: ImageSource,
    /// `struct Look` of `points.wgsl`.
    look: [f32; 4],
}

impl CallbackTrait for Frame {
    /// The sampler's work, in the encoder in which egui draws its frame.
    fn prepare(
        &self,
        _device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        encoder: &mut wgpu::CommandEncoder,
        _resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        let mut session = self.session.lock().expect("no frame panicked");
        let was_working = session.is_working();
        let rows = session.encode(encoder);
        let mut report = self.report.lock().expect("no frame panicked");
        report.recorded(was_working, rows, session.done() == session.rows());
        queue.write_buffer(&self.renderer.uniform, 0, bytemuck::bytes_of(&self.look));
        Vec::new()
    }

    fn paint(
        &self,
        _info: egui::PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        _resources: &CallbackResources,
    ) {
        let session = self.session.lock().expect("no frame panicked");
        let Some([now, start]) = session.points(self.shown) else {
            return;
        };
        pass.set_pipeline(&self.renderer.pipeline);
        pass.set_bind_group(0, &self.renderer.group, &[]);
        pass.set_vertex_buffer(0, now.slice(..));
        pass.set_vertex_buffer(1, start.slice(..));
        pass.draw(0..4, 0..session.count() as u32);
    }
}

/// What of a session is drawn.
pub(crate) struct View<'a> {
    pub(crate) session: &'a Arc<Mutex<Session>>,
    pub(crate) renderer: &'a Arc<PointRenderer>,
    pub(crate) report: &'a Arc<Mutex<Report>>,
    pub(crate) shown: ImageSource,
    /// The picture of images, and its size in pixels.
    pub(crate) texture: Option<(egui::TextureId, egui::Vec2)>,
}

impl View<'_> {
    /// Draws a frame of it.
    pub(crate) fn draw(&self, painter: &egui::Painter, rect: egui::Rect) {
        let side = rect.width().min(rect.height());
        let (data_units, count) = {
            let session = self.session.lock().expect("no frame panicked");
            let progress = session.done() as f32 / session.rows() as f32;
            // Closer as the points come together: noise reaches beyond 2, data to 1.
            let eased = progress * progress * (3.0 - 2.0 * progress);
            (2.6 + (1.15 - 2.6) * eased, session.count() as f32)
        };
        let units_per_point = 2.0 * data_units / side;
        if let Some((texture, size)) = self.texture {
            let size = size * (rect.width() / size.x).min(rect.height() / size.y);
            let rect = egui::Rect::from_center_size(rect.center(), size);
            let whole = egui::Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
            painter.image(texture, rect, whole, egui::Color32::WHITE);
        } else {
            lines(painter, rect, 1.0 / units_per_point);
        }
        // Of a few points each is seen, of many their density.
        let radius = (1.7 + 60.0 / count.sqrt()).min(5.0);
        let frame = Frame {
            session: self.session.clone(),
            renderer: self.renderer.clone(),
            report: self.report.clone(),
            shown: self.shown,
            look: [
                0.5 * rect.width() * units_per_point,
                0.5 * rect.height() * units_per_point,
                radius * units_per_point / painter.pixels_per_point(),
                (36.0 / count.sqrt()).clamp(0.06, 0.9),
            ],
        };
        painter.add(Callback::new_paint_callback(rect, frame));
    }
}

/// Where data units are: a faint line every half, brighter ones through 0, and the
/// square that data live in.
fn lines(painter: &egui::Painter, rect: egui::Rect, points_per_unit: f32) {
    let gray = |value| egui::Stroke::new(1.0, egui::Color32::from_gray(value));
    let reach = (rect.width() / points_per_unit) as i32 + 1;
    for i in -reach..=reach {
        let stroke = gray(if i == 0 { 46 } else { 27 });
        let offset = 0.5 * i as f32 * points_per_unit;
        painter.vline(rect.center().x + offset, rect.y_range(), stroke);
        painter.hline(rect.x_range(), rect.center().y + offset, stroke);
    }
    let data =
        egui::Rect::from_center_size(rect.center(), egui::Vec2::splat(2.0 * points_per_unit));
    painter.rect_stroke(data, 0.0, gray(64), egui::StrokeKind::Middle);
    for (corner, align, text) in [
        (
            data.left_bottom() + egui::vec2(3.0, -2.0),
            egui::Align2::LEFT_BOTTOM,
            "−1",
        ),
        (
            data.right_bottom() + egui::vec2(-3.0, -2.0),
            egui::Align2::RIGHT_BOTTOM,
            "1",
        ),
        (
            data.left_top() + egui::vec2(3.0, 2.0),
            egui::Align2::LEFT_TOP,
            "1",
        ),
    ] {
        painter.text(
            corner,
            align,
            text,
            egui::FontId::proportional(11.0),
            egui::Color32::from_gray(110),
        );
    }
}
