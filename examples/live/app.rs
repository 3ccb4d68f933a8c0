//! The app: what is loaded, what is chosen, and how time passes.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ddim_wgpu::ClassChoice;
use ddim_wgpu::diffusion::SamplerKind;
use ddim_wgpu::gpu::{Shown, headless};
use eframe::egui_wgpu::RenderState;
use eframe::{egui, wgpu};

use crate::canvas::{PointRenderer, View};
use crate::catalogue::{Entry, Failure, Settings};
use crate::report::Report;
use crate::session::Session;
use crate::{Arguments, controls};

pub(crate) struct Live {
    pub(crate) entries: Vec<Entry>,
    pub(crate) chosen: usize,
    pub(crate) settings: Settings,
    pub(crate) shown: Shown,
    /// Device time that a frame may spend on sampling.
    pub(crate) frame_time: Duration,
    pub(crate) playing: bool,
    pub(crate) looping: bool,
    /// Whether the plots of the frames are shown.
    pub(crate) plots: bool,
    /// Seconds from noise to data, where the device keeps up.
    pub(crate) run_seconds: f32,
    /// Where playing is, in rows.
    clock: f32,
    pub(crate) session: Option<Arc<Mutex<Session>>>,
    loading: Option<Receiver<Result<Session, Failure>>>,
    pub(crate) error: Option<String>,
    pub(crate) report: Arc<Mutex<Report>>,
    prints_report: bool,
    gpu: RenderState,
    points: Arc<PointRenderer>,
    /// The pictures of the state and of x̂₀, as egui knows them.
    textures: Option<[egui::TextureId; 2]>,
    pub(crate) adapter: String,
    title: String,
}

impl Live {
    pub(crate) fn new(
        creation: &eframe::CreationContext<'_>,
        arguments: Arguments,
    ) -> Result<Self, Failure> {
        let gpu = creation
            .wgpu_render_state
            .clone()
            .ok_or("egui runs without wgpu")?;
        controls::style(&creation.egui_ctx);
        let mut entries = Entry::all();
        let mut chosen = entries.len().min(3) - 1;
        if let Some(directory) = arguments.model {
            (chosen, _) = (entries.len(), entries.push(Entry::Directory(directory)));
        }
        let info = gpu.adapter.get_info();
        let mut live = Self {
            chosen,
            settings: Settings {
                sampler: SamplerKind::Ddim,
                steps: 50,
                eta: 0.0,
                seed: 1,
                class: ClassChoice::Cyclic,
                guidance: 1.0,
                count: 0,
            },
            shown: Shown::State,
            frame_time: Duration::from_millis(8),
            playing: true,
            looping: false,
            plots: true,
            run_seconds: 4.0,
            clock: 0.0,
            session: None,
            loading: None,
            error: None,
            report: Arc::new(Mutex::new(Report::new())),
            prints_report: arguments.report,
            points: Arc::new(PointRenderer::new(&gpu.device, gpu.target_format)),
            textures: None,
            adapter: headless::describe(&info),
            title: String::new(),
            entries,
            gpu,
        };
        live.load(chosen);
        Ok(live)
    }

    /// Makes a session of another model on a thread of its own: frames go on meanwhile.
    pub(crate) fn load(&mut self, index: usize) {
        self.chosen = index;
        self.settings.count = 0;
        self.start_loading();
    }

    fn start_loading(&mut self) {
        let (sender, receiver) = channel();
        let (device, queue) = (self.gpu.device.clone(), self.gpu.queue.clone());
        let software = self.gpu.adapter.get_info().device_type == wgpu::DeviceType::Cpu;
        let entry = self.entries[self.chosen].clone();
        let (mut settings, frame_time) = (self.settings.clone(), self.frame_time);
        std::thread::spawn(move || {
            let session = entry.load().and_then(|model| {
                if settings.count == 0 {
                    settings.count = match (model.network().sample_shape(), software) {
                        ([_], true) => 4_000,
                        ([_], false) => 40_000,
                        (_, true) => 50,
                        (_, false) => 100,
                    };
                }
                Session::new(&device, &queue, model, &settings, frame_time)
            });
            // The window may have been closed, or another model chosen.
            let _ = sender.send(session);
        });
        self.loading = Some(receiver);
    }

    pub(crate) fn is_loading(&self) -> bool {
        self.loading.is_some()
    }

    /// Takes over a session that is ready.
    fn finish_loading(&mut self) {
        let Some(result) = self
            .loading
            .as_ref()
            .and_then(|receiver| receiver.try_recv().ok())
        else {
            return;
        };
        self.loading = None;
        let session = match result {
            Ok(session) => session,
            Err(error) => {
                self.error = Some(error.to_string());
                return;
            }
        };
        self.error = None;
        self.settings.count = session.count();
        let mut renderer = self.gpu.renderer.write();
        for id in self.textures.take().iter().flatten() {
            renderer.free_texture(id);
        }
        self.textures = session.pictures().map(|pictures| {
            let filter = wgpu::FilterMode::Linear;
            pictures.each_ref().map(|picture| {
                renderer.register_native_texture(&self.gpu.device, picture.view(), filter)
            })
        });
        drop(renderer);
        self.session = Some(Arc::new(Mutex::new(session)));
        // The loader had the settings of when it started.
        self.apply();
        self.restart();
    }

    /// Settings have changed, but not the count.
    pub(crate) fn apply(&mut self) {
        let Some(session) = &self.session else { return };
        let mut session = session.lock().expect("no frame panicked");
        self.error = session
            .set(&self.gpu.queue, &self.settings)
            .err()
            .map(|error| error.to_string());
    }

    /// The count has changed: other buffers.
    pub(crate) fn resize(&mut self) {
        self.start_loading();
    }

    /// Plays from the start.
    pub(crate) fn restart(&mut self) {
        self.playing = true;
        self.seek(0);
    }

    /// Goes to a row.
    pub(crate) fn seek(&mut self, row: usize) {
        if let Some(session) = &self.session {
            let mut session = session.lock().expect("no frame panicked");
            session.set_goal(row);
            self.clock = session.goal() as f32;
        }
    }

    /// Moves the goal while playing.
    fn advance(&mut self, seconds: f32) {
        let Some(session) = self.session.clone() else {
            return;
        };
        let mut session = session.lock().expect("no frame panicked");
        session.budget().set_target(self.frame_time);
        if !self.playing {
            return;
        }
        let rows = session.rows() as f32;
        // Where the device does not keep up, time waits for it.
        let ahead = (session.done() + session.rows().div_ceil(8)) as f32;
        self.clock = (self.clock + seconds * rows / self.run_seconds).min(ahead);
        session.set_goal(self.clock as usize);
        // Data stay a while before the next run.
        let rest = if self.looping {
            1.0 + 1.0 / self.run_seconds
        } else {
            1.0
        };
        if self.clock >= rows * rest && !session.is_working() {
            drop(session);
            if self.looping {
                self.settings.seed += 1;
                self.seek(0);
                self.apply();
            } else {
                self.playing = false;
            }
        }
    }

    fn keys(&mut self, ctx: &egui::Context) {
        let dropped = ctx.input(|input| {
            input
                .raw
                .dropped_files
                .first()
                .map(|file| file.path().to_owned())
        });
        if let Some(path) = dropped {
            self.open(path);
        }
        let pressed = |key| ctx.input(|input| input.key_pressed(key));
        if pressed(egui::Key::Escape) {
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
        if ctx.egui_wants_keyboard_input() {
            return;
        }
        if pressed(egui::Key::Space) {
            controls::toggle(self);
        }
        if pressed(egui::Key::P) {
            self.plots = !self.plots;
        }
        if pressed(egui::Key::Home) {
            self.jump(0);
        }
        if pressed(egui::Key::End) {
            self.jump(usize::MAX);
        }
        if pressed(egui::Key::R) {
            self.settings.seed += 1;
            self.apply();
        }
        let step =
            i64::from(pressed(egui::Key::ArrowRight)) - i64::from(pressed(egui::Key::ArrowLeft));
        if step != 0 {
            self.step(step);
        }
        for (index, key) in [
            egui::Key::Num1,
            egui::Key::Num2,
            egui::Key::Num3,
            egui::Key::Num4,
        ]
        .into_iter()
        .enumerate()
        {
            if pressed(key) && index < self.entries.len() {
                self.load(index);
            }
        }
    }

    /// Goes to a row and stays there.
    pub(crate) fn jump(&mut self, row: usize) {
        self.playing = false;
        self.seek(row);
    }

    /// One row forth or back.
    pub(crate) fn step(&mut self, rows: i64) {
        let Some(session) = &self.session else { return };
        let goal = session.lock().expect("no frame panicked").goal();
        self.jump(goal.saturating_add_signed(rows as isize));
    }

    /// A model directory, or a file in one.
    fn open(&mut self, path: PathBuf) {
        let directory = if path.is_file() {
            path.parent().map_or(path.clone(), Into::into)
        } else {
            path
        };
        let entry = Entry::Directory(directory);
        let known = self.entries.iter().position(|known| *known == entry);
        let index = known.unwrap_or(self.entries.len());
        if known.is_none() {
            self.entries.push(entry);
        }
        self.load(index);
    }
}

impl eframe::App for Live {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.report.lock().expect("no frame panicked").frame();
        self.finish_loading();
        let ctx = ui.ctx().clone();
        self.keys(&ctx);
        self.advance(ctx.input(|input| input.stable_dt).min(0.1));

        egui::Panel::left("controls")
            .exact_size(320.0)
            .resizable(false)
            .frame(controls::frame(ui))
            .show(ui, |ui| controls::side(self, ui));
        egui::Panel::bottom("transport")
            .show_separator_line(false)
            .frame(controls::frame(ui))
            .show(ui, |ui| controls::transport(self, ui));
        egui::CentralPanel::no_frame().show(ui, |ui| self.canvas(ui));

        self.title(&ctx);
        let working = self
            .session
            .as_ref()
            .is_some_and(|session| session.lock().expect("no frame panicked").is_working());
        if self.playing || working || self.is_loading() {
            ctx.request_repaint();
        }
    }

    fn on_exit(&mut self) {
        if self.prints_report {
            use std::io::Write;
            let report = self.report.lock().expect("no frame panicked");
            let _ = writeln!(std::io::stdout(), "{}", report.json());
        }
    }
}

impl Live {
    /// The window says what is shown, for those who list windows.
    fn title(&mut self, ctx: &egui::Context) {
        let place = self
            .session
            .as_ref()
            .map_or("loading".to_owned(), |session| {
                let session = session.lock().expect("no frame panicked");
                format!("{} of {}", session.done(), session.rows())
            });
        let place = if self.is_loading() {
            "loading".to_owned()
        } else {
            place
        };
        let title = format!(
            "ddim-wgpu live: {}, {place}",
            self.entries[self.chosen].name()
        );
        if title != self.title {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    fn canvas(&self, ui: &mut egui::Ui) {
        let room = ui.available_rect_before_wrap();
        let painter = ui.painter_at(room);
        let message = |text: &str| {
            let font = egui::FontId::proportional(16.0);
            let gray = egui::Color32::from_gray(150);
            painter.text(room.center(), egui::Align2::CENTER_CENTER, text, font, gray);
        };
        if let Some(session) = &self.session {
            let texture = self.textures.map(|ids| {
                let session = session.lock().expect("no frame panicked");
                let pictures = session.pictures().expect("textures are of pictures");
                let texture = pictures[0].texture();
                let size = egui::vec2(texture.width() as f32, texture.height() as f32);
                (ids[usize::from(self.shown == Shown::X0)], size)
            });
            let view = View {
                session,
                renderer: &self.points,
                report: &self.report,
                shown: self.shown,
                texture,
            };
            view.draw(&painter, room);
        }
        if ui.input(|input| !input.raw.hovered_files.is_empty()) {
            painter.rect_filled(room, 0.0, egui::Color32::from_black_alpha(200));
            message("drop the model directory");
        } else if self.is_loading() {
            painter.rect_filled(room, 0.0, egui::Color32::from_black_alpha(150));
            message("loading …");
        }
    }
}
