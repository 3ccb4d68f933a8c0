//! A render pass that draws the state buffer as it stands, between the rows of a run, against a
//! rasterization on the CPU.

use std::collections::BTreeSet;

use ddim_wgpu::Batch;
use ddim_wgpu::diffusion::PredictionType;
use ddim_wgpu::gpu::{DiffusionSampler, Run, WgslNetwork};
use ddim_wgpu::network::GaussianMixture;

use super::{bits, plan, sample, scheduler};
use crate::common::compute::{TestDevice, test_device};

const SIDE: u32 = 64;
/// Half of the side of the square of the plane that is drawn.
const VIEW: f32 = 3.0;

const SHADER: &str = "
    @vertex fn place(@location(0) point: vec2f) -> @builtin(position) vec4f {
        return vec4f(point / 3.0, 0.0, 1.0);
    }
    @fragment fn light() -> @location(0) vec4f {
        return vec4f(1.0);
    }";

/// A host's renderer: the points of a buffer as white pixels.
struct Renderer {
    pipeline: wgpu::RenderPipeline,
    target: wgpu::Texture,
}

impl Renderer {
    fn new(device: &wgpu::Device) -> Self {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: None,
            source: wgpu::ShaderSource::Wgsl(SHADER.into()),
        });
        let format = wgpu::TextureFormat::Rgba8Unorm;
        let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: None,
            layout: None,
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: None,
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &[Some(wgpu::VertexBufferLayout {
                    array_stride: 8,
                    step_mode: wgpu::VertexStepMode::Vertex,
                    attributes: &wgpu::vertex_attr_array![0 => Float32x2],
                })],
            },
            primitive: wgpu::PrimitiveState {
                topology: wgpu::PrimitiveTopology::PointList,
                ..Default::default()
            },
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: None,
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[Some(format.into())],
            }),
            multiview_mask: None,
            cache: None,
        });
        let target = device.create_texture(&wgpu::TextureDescriptor {
            label: None,
            size: wgpu::Extent3d {
                width: SIDE,
                height: SIDE,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        Self { pipeline, target }
    }

    fn draw(&self, encoder: &mut wgpu::CommandEncoder, run: &Run) {
        let view = self
            .target
            .create_view(&wgpu::TextureViewDescriptor::default());
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations::default(),
            })],
            ..Default::default()
        });
        pass.set_pipeline(&self.pipeline);
        pass.set_vertex_buffer(0, run.state().slice(..));
        pass.draw(0..run.count() as u32, 0..1);
    }

    /// The pixels that are lit.
    fn lit(&self, device: &wgpu::Device, pixels: &wgpu::Buffer) -> BTreeSet<(u32, u32)> {
        pixels.map_async(wgpu::MapMode::Read, .., |result| result.expect("a mapping"));
        device
            .poll(wgpu::PollType::wait_indefinitely())
            .expect("a poll");
        let view = pixels.get_mapped_range(..).expect("a range");
        let lit = view.as_chunks::<4>().0.iter().enumerate();
        lit.filter(|(_, pixel)| pixel[0] > 0)
            .map(|(i, _)| (i as u32 % SIDE, i as u32 / SIDE))
            .collect()
    }
}

/// Pixels that must be lit, and those that may be: a point on a border may fall to either side.
fn rasterize(points: &[f32]) -> [BTreeSet<(u32, u32)>; 2] {
    let [mut must, mut may] = [BTreeSet::new(), BTreeSet::new()];
    let side = SIDE as f32;
    for [x, y] in points.as_chunks::<2>().0 {
        let (x, y) = ((x / VIEW * 0.5 + 0.5) * side, (0.5 - y / VIEW * 0.5) * side);
        let near = |dx: f32, dy: f32| {
            let (x, y) = ((x + dx).floor(), (y + dy).floor());
            let inside = (0.0..side).contains(&x) && (0.0..side).contains(&y);
            inside.then_some((x as u32, y as u32))
        };
        // Drivers may round a place to sixteenths of a pixel: Vulkan asks for no more
        // (`subPixelPrecisionBits`).
        let border = 1.0 / 32.0;
        let corners = [(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)];
        let around = corners.map(|(dx, dy)| near(dx * border, dy * border));
        may.extend(around.iter().flatten());
        if let [Some(pixel), ..] = around
            && around.iter().all(|other| *other == Some(pixel))
        {
            must.insert(pixel);
        }
    }
    [must, may]
}

#[test]
fn a_render_pass_between_rows_draws_the_state_as_it_stands() {
    let TestDevice { device, queue, .. } = test_device();
    let mixture = GaussianMixture::new(
        &[1.0, 1.0],
        vec![vec![0.7, -0.2], vec![-0.5, 0.4]],
        vec![0.1, 0.02],
    )
    .expect("a mixture");
    let network = WgslNetwork::gaussian_mixture(&mixture, PredictionType::Epsilon);
    let plan = plan(&scheduler(), 4, 1.0);
    let batch = Batch::new(500).seed(4);
    let sampler = DiffusionSampler::new(device, &network, &plan).expect("a sampler");
    let run = sampler.prepare(device, queue, &batch).expect("a run");
    let renderer = Renderer::new(device);
    let pixels = || {
        device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: u64::from(4 * SIDE * SIDE),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        })
    };

    // All frames in one command buffer; what each drew, and the state it drew, are copied aside.
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let mut frames = Vec::new();
    for row in 0..plan.len() {
        let (drawn, state) = (pixels(), pixels());
        sampler.encode(&mut encoder, &run, row..row + 1);
        renderer.draw(&mut encoder, &run);
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(4 * SIDE),
            rows_per_image: None,
        };
        encoder.copy_texture_to_buffer(
            renderer.target.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &drawn,
                layout,
            },
            renderer.target.size(),
        );
        encoder.copy_buffer_to_buffer(run.state(), 0, &state, 0, Some(run.state().size()));
        frames.push((drawn, state));
    }
    queue.submit([encoder.finish()]);

    let mut seen = BTreeSet::new();
    for (row, (drawn, state)) in frames.iter().enumerate() {
        let lit = renderer.lit(device, drawn);
        state.map_async(wgpu::MapMode::Read, .., |result| result.expect("a mapping"));
        device
            .poll(wgpu::PollType::wait_indefinitely())
            .expect("a poll");
        let view = state.get_mapped_range(..).expect("a range");
        let points: &[f32] = &bytemuck::pod_collect_to_vec(&view[..])[..1000];
        let [must, may] = rasterize(points);
        assert!(
            must.len() > 50,
            "row {row} draws only {} pixels",
            must.len()
        );
        assert!(
            lit.is_superset(&must),
            "row {row}: {:?} are dark",
            &must - &lit
        );
        assert!(lit.is_subset(&may), "row {row}: {:?} are lit", &lit - &may);
        // The last row takes away less noise than a pixel shows.
        let last = row + 1 == plan.len();
        assert!(
            seen.insert(lit) || last,
            "row {row} draws what another drew"
        );
        if last {
            assert_eq!(
                bits(points),
                bits(&sample(&network, &plan, &batch, &Default::default()))
            );
        }
    }
}
