//! The app: what is loaded, what is chosen, and a frame of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ddim_wgpu::ClassChoice;
use ddim_wgpu::diffusion::SamplerKind;
use ddim_wgpu::gpu::{ImageSource, headless};
use eframe::egui;
use eframe::egui_wgpu::RenderState;

use crate::canvas::{PointRenderer, View};
use crate::catalogue::{Entry, Settings};
use crate::loading::Loading;
use crate::report::Report;
use crate::session::Session;
use crate::{Arguments, controls};

pub(crate) struct Live {
    /// Models on offer.
    pub(crate) entries: Vec<Entry>,
    /// The model of the session.
    pub(crate) current: Option<Entry>,
    pub(crate) settings: Settings,
    pub(crate) shown: ImageSource,
    /// Device time that a frame may spend on sampling.
    pub(crate) frame_time: Duration,
    pub(crate) playing: bool,
    pub(crate) looping: bool,
    /// Whether the plots of the frames are shown.
    pub(crate) plots: bool,
    /// Seconds from noise to data, where the device keeps up.
    pub(crate) run_seconds: f32,
    /// Where playing is, in rows.
    pub(crate) clock: f32,
    pub(crate) session: Option<Arc<Mutex<Session>>>,
    pub(crate) loading: Option<Loading>,
    pub(crate) error: Option<String>,
    pub(crate) report: Arc<Mutex<Report>>,
    prints_report: bool,
    pub(crate) gpu: RenderState,
    points: Arc<PointRenderer>,
    /// The pictures of the state and of x̂₀, as egui knows them.
    pub(crate) textures: Option<[egui::TextureId; 2]>,
    pub(crate) adapter: String,
    title: String,
}

impl Live {
    /// The app in egui's context, on egui's device.
    pub(crate) fn new(ctx: &egui::Context, gpu: RenderState, arguments: Arguments) -> Self {
        controls::style(ctx);
        let entries = Entry::all();
        let first = match arguments.model {
            Some(directory) => Entry::Directory(directory),
            None => entries[entries.len().min(3) - 1].clone(),
        };
        let info = gpu.adapter.get_info();
        let mut live = Self {
            current: None,
            settings: Settings {
                sampler: SamplerKind::Ddim,
                steps: 50,
                eta: 0.0,
                seed: 1,
                class: ClassChoice::Cyclic,
                guidance: 1.0,
                count: 0,
            },
            shown: ImageSource::State,
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
        live.load(first);
        live
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
}

impl eframe::App for Live {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.frame(ui);
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
    /// A frame, from its input to what it paints.
    pub(crate) fn frame(&mut self, ui: &mut egui::Ui) {
        self.report.lock().expect("no frame panicked").frame();
        self.finish_loading();
        let ctx = ui.ctx().clone();
        self.take_dropped(&ctx);
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

    /// The window says what is shown, for those who list windows.
    fn title(&mut self, ctx: &egui::Context) {
        let place = match &self.session {
            _ if self.is_loading() => "loading".to_owned(),
            Some(session) => {
                let session = session.lock().expect("no frame panicked");
                format!("{} of {}", session.done(), session.rows())
            }
            None => "not loaded".to_owned(),
        };
        let name = self.entry().map_or("no model".to_owned(), Entry::name);
        let title = format!("ddim-wgpu live: {name}, {place}");
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
                (ids[usize::from(self.shown == ImageSource::X0)], size)
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
