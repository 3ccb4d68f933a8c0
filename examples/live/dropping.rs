//! Model directories dropped on the window: the app without a window, fed egui's input,
//! and drawn into a texture.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ddim_wgpu::gpu::headless;
use eframe::egui_wgpu::{RenderState, Renderer, RendererOptions, ScreenDescriptor};
use eframe::{egui, wgpu};

use crate::Arguments;
use crate::app::Live;
use crate::catalogue::Entry;

const SIZE: [u32; 2] = [1120, 760];
/// Of a run.
const STEPS: usize = 8;

/// What a window would be.
struct Host {
    ctx: egui::Context,
    gpu: RenderState,
    target: wgpu::TextureView,
    live: Live,
    /// What the latest frame said, and where.
    said: Vec<(egui::Rect, String)>,
}

impl Host {
    fn new(model: PathBuf) -> Self {
        let adapter = headless::adapters()
            .into_iter()
            .next()
            .expect("an adapter; install mesa-vulkan-drivers");
        let (device, queue) = headless::open(&adapter).expect("a device");
        let target_format = wgpu::TextureFormat::Rgba8Unorm;
        let target = device.create_texture(&wgpu::TextureDescriptor {
            label: None,
            size: wgpu::Extent3d {
                width: SIZE[0],
                height: SIZE[1],
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: target_format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
            view_formats: &[],
        });
        let renderer = Renderer::new(&device, target_format, RendererOptions::default());
        let gpu = RenderState {
            available_adapters: vec![adapter.clone()],
            // Of no use but to make windows.
            instance: wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle()),
            adapter,
            device,
            queue,
            target_format,
            renderer: Arc::new(egui::mutex::RwLock::new(renderer)),
        };
        let ctx = egui::Context::default();
        let arguments = Arguments {
            model: Some(model),
            ..Arguments::default()
        };
        let mut live = Live::new(&ctx, gpu.clone(), arguments);
        live.settings.steps = STEPS;
        Self {
            target: target.create_view(&wgpu::TextureViewDescriptor::default()),
            live,
            gpu,
            ctx,
            said: Vec::new(),
        }
    }

    /// A frame, as eframe makes one.
    fn frame(&mut self, dropped: Option<&Path>) {
        let [width, height] = SIZE.map(|pixels| pixels as f32);
        let input = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(
                egui::Pos2::ZERO,
                egui::vec2(width, height),
            )),
            dropped_files: dropped
                .map(|path| Arc::new(Dropped(path.to_owned())) as egui::DroppedFileHandle)
                .into_iter()
                .collect(),
            ..Default::default()
        };
        let live = &mut self.live;
        let mut output = self.ctx.run_ui(input, |ui| live.frame(ui));
        self.said.clear();
        for clipped in &output.shapes {
            if let egui::Shape::Text(text) = &clipped.shape {
                let visible = text.visual_bounding_rect().intersect(clipped.clip_rect);
                self.said.push((visible, text.galley.text().to_owned()));
            }
        }

        let RenderState { device, queue, .. } = &self.gpu;
        let mut renderer = self.gpu.renderer.write();
        let mut textures = std::mem::take(&mut output.textures_delta);
        for (id, deltas) in &textures.set {
            for delta in deltas {
                renderer.update_texture(device, queue, *id, delta);
            }
        }
        let shapes = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let screen = ScreenDescriptor {
            size_in_pixels: SIZE,
            pixels_per_point: output.pixels_per_point,
        };
        let mut encoder = device.create_command_encoder(&Default::default());
        let more = renderer.update_buffers(device, queue, &mut encoder, &shapes, &screen);
        let mut pass = encoder
            .begin_render_pass(&wgpu::RenderPassDescriptor {
                color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                    view: &self.target,
                    depth_slice: None,
                    resolve_target: None,
                    ops: wgpu::Operations::default(),
                })],
                ..Default::default()
            })
            .forget_lifetime();
        renderer.render(&mut pass, &shapes, &screen);
        drop(pass);
        queue.submit(more.into_iter().chain([encoder.finish()]));
        device.poll(wgpu::PollType::Poll).expect("a poll");
        for id in &textures.free {
            renderer.free_texture(id);
        }
        textures.clear();
    }

    /// Frames until something is so.
    fn until(&mut self, what: &str, so: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        while !so(self) {
            assert!(
                started.elapsed() < Duration::from_secs(120),
                "never: {what}"
            );
            self.frame(None);
        }
    }

    fn until_loaded(&mut self) {
        self.until("loaded", |host| !host.live.is_loading());
        self.frame(None);
    }

    /// Plays a run to its end.
    fn play(&mut self) {
        self.live.jump(0);
        self.frame(None);
        assert_eq!(self.done(), [0, STEPS]);
        self.live.jump(usize::MAX);
        self.until("the last row", |host| host.done() == [STEPS, STEPS]);
    }

    /// Rows done, and rows there are.
    fn done(&self) -> [usize; 2] {
        let session = self.live.session.as_ref().expect("a session");
        let session = session.lock().expect("no frame panicked");
        [session.done(), session.rows()]
    }

    fn says(&self, text: &str) -> bool {
        let window =
            egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(SIZE[0] as f32, SIZE[1] as f32));
        self.said.iter().any(|(place, said)| {
            said.contains(text) && place.is_positive() && window.contains_rect(*place)
        })
    }
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models")
}

#[test]
fn a_dropped_directory_is_the_next_model() {
    let mut host = Host::new(models().join("dino"));
    host.until_loaded();
    host.play();
    let known = host.live.entries.len();

    // A folder from elsewhere, by a file in it.
    let folder = std::env::temp_dir().join(format!("ddim-wgpu-dropped-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    for name in ["config.json", "scheduler_config.json", "model.safetensors"] {
        std::fs::copy(models().join("swiss-roll").join(name), folder.join(name)).expect("a copy");
    }
    let before = host.live.session.clone().expect("a session");
    host.frame(Some(&folder.join("config.json")));
    assert!(host.live.is_loading());
    host.until_loaded();
    std::fs::remove_dir_all(&folder).expect("what was made above");
    assert_eq!(host.live.error, None);
    let after = host.live.session.clone().expect("a session");
    assert!(!Arc::ptr_eq(&before, &after));
    assert!(host.live.current == Some(Entry::Directory(folder.clone())));
    let name = folder.file_name().expect("a name").to_string_lossy();
    assert!(host.says(&name), "{:?}", host.said);
    assert_eq!(host.live.entries.len(), known + 1);
    host.play();

    // Images, which are textures, and back to a model that is on offer.
    for (name, more) in [("digits", 2), ("dino", 2)] {
        host.frame(Some(&models().join(name)));
        host.until_loaded();
        assert_eq!(host.live.textures.is_some(), name == "digits");
        assert_eq!(host.live.entries.len(), known + more);
        host.play();
    }
}

#[test]
fn a_directory_without_a_model_is_refused_and_the_present_one_goes_on() {
    let mut host = Host::new(models().join("dino"));
    host.until_loaded();
    let entries = host.live.entries.clone();
    let count = host.live.settings.count;
    let before = host.live.session.clone().expect("a session");
    for bad in [models(), models().join("no-such-model")] {
        host.frame(Some(&bad));
        host.until_loaded();
        let error = host.live.error.clone().expect("an error");
        assert!(error.contains("config.json"), "{error}");
        assert!(host.says(&error), "the window says {:?}", host.said);
        let after = host.live.session.clone().expect("a session");
        assert!(Arc::ptr_eq(&before, &after));
        assert!(host.live.entries == entries && host.live.settings.count == count);
        assert!(host.live.current == Some(Entry::Directory(models().join("dino"))));
        host.play();
    }

    // A change of settings still takes effect, and the error is gone.
    host.live.settings.seed += 1;
    host.live.apply();
    assert_eq!(host.live.error, None);
    host.play();
    // So does a change of the count, of the model that is on screen.
    host.live.settings.count = 1000;
    host.live.resize();
    host.until_loaded();
    assert_eq!(host.live.error, None);
    host.play();
}
