//! What the keys do.

use eframe::egui;

use crate::app::Live;
use crate::controls;

impl Live {
    pub(crate) fn keys(&mut self, ctx: &egui::Context) {
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
                self.load(self.entries[index].clone());
            }
        }
    }
}
