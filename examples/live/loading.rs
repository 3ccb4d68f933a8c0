//! Models on their way in: chosen from the list or dropped on the window, and made ready
//! on a thread of their own.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use eframe::{egui, wgpu};

use crate::app::Live;
use crate::catalogue::{Entry, Failure};
use crate::session::Session;

/// A session in the making.
pub(crate) struct Loading {
    entry: Entry,
    session: Receiver<Result<Session, Failure>>,
}

impl Live {
    /// Makes a session of another model; frames go on meanwhile, and the present one stays if there
    /// is something wrong with it.
    pub(crate) fn load(&mut self, entry: Entry) {
        self.start_loading(entry, None);
    }

    /// The count has changed: other buffers.
    pub(crate) fn resize(&mut self) {
        if let Some(entry) = self.current.clone() {
            self.start_loading(entry, Some(self.settings.count));
        }
    }

    /// Takes what was dropped on the window: a model directory, or a file in one.
    pub(crate) fn take_dropped(&mut self, ctx: &egui::Context) {
        let first = |input: &egui::InputState| -> Option<PathBuf> {
            Some(input.raw.dropped_files.first()?.path().to_owned())
        };
        if let Some(path) = ctx.input(first) {
            let folder = path.parent().filter(|_| path.is_file());
            self.load(Entry::Directory(folder.unwrap_or(&path).to_owned()));
        }
    }

    /// `count` samples, or as many as suit the model and the device.
    fn start_loading(&mut self, entry: Entry, count: Option<usize>) {
        let (sender, session) = channel();
        let (device, queue) = (self.gpu.device.clone(), self.gpu.queue.clone());
        let software = self.gpu.adapter.get_info().device_type == wgpu::DeviceType::Cpu;
        let (mut settings, frame_time) = (self.settings.clone(), self.frame_time);
        let chosen = entry.clone();
        std::thread::spawn(move || {
            let session = chosen.load().and_then(|model| {
                let usual = match (model.network().sample_shape(), software) {
                    ([_], true) => 4_000,
                    ([_], false) => 40_000,
                    (_, true) => 50,
                    (_, false) => 100,
                };
                settings.count = count.unwrap_or(usual);
                Session::new(&device, &queue, model, &settings, frame_time)
            });
            // The window may have been closed, or another model chosen.
            let _ = sender.send(session);
        });
        self.loading = Some(Loading { entry, session });
    }

    pub(crate) fn is_loading(&self) -> bool {
        self.loading.is_some()
    }

    /// What is loading, else what is on screen.
    pub(crate) fn entry(&self) -> Option<&Entry> {
        let loading = self.loading.as_ref().map(|loading| &loading.entry);
        loading.or(self.current.as_ref())
    }

    /// Takes over a session that is ready.
    pub(crate) fn finish_loading(&mut self) {
        let Some(loading) = &self.loading else { return };
        let Ok(result) = loading.session.try_recv() else {
            return;
        };
        let entry = self.loading.take().expect("it is there").entry;
        let session = match result {
            Ok(session) => session,
            Err(error) => {
                self.error = Some(error.to_string());
                // The slider may have asked for more than there is memory for.
                if let Some(session) = &self.session {
                    self.settings.count = session.lock().expect("no frame panicked").count();
                }
                return;
            }
        };
        if !self.entries.contains(&entry) {
            self.entries.push(entry.clone());
        }
        self.current = Some(entry);
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
}
