//! The panels around the canvas.

use std::time::Duration;

use ddim_wgpu::ClassChoice;
use ddim_wgpu::diffusion::SamplerKind;
use ddim_wgpu::gpu::ImageSource;
use eframe::egui;
use egui::{Color32, RichText, Slider};

use crate::app::Live;
use crate::catalogue::Settings;
use crate::{icon, plot};

/// The colour of what moves and what is chosen.
pub(crate) const ACCENT: Color32 = Color32::from_rgb(94, 200, 235);

/// Dark and quiet, so that the samples are what shines.
pub(crate) fn style(ctx: &egui::Context) {
    ctx.set_theme(egui::Theme::Dark);
    ctx.all_styles_mut(|style| {
        let visuals = &mut style.visuals;
        visuals.panel_fill = Color32::from_rgb(14, 16, 20);
        visuals.extreme_bg_color = Color32::from_rgb(8, 9, 12);
        visuals.selection.bg_fill = Color32::from_rgb(28, 86, 110);
        visuals.selection.stroke.color = Color32::WHITE;
        visuals.slider_trailing_fill = true;
        visuals.widgets.noninteractive.bg_stroke.color = Color32::from_gray(34);
        style.spacing.slider_width = 132.0;
        style.spacing.item_spacing = egui::vec2(8.0, 6.0);
    });
}

/// Room around the controls.
pub(crate) fn frame(ui: &egui::Ui) -> egui::Frame {
    egui::Frame::new()
        .fill(ui.visuals().panel_fill)
        .inner_margin(egui::Margin::symmetric(14, 8))
}

fn heading(ui: &mut egui::Ui, text: &str) {
    ui.add_space(10.0);
    ui.label(RichText::new(text).size(11.0).strong().color(ACCENT));
}

/// Models, settings, and how the frames are.
pub(crate) fn side(live: &mut Live, ui: &mut egui::Ui) {
    ui.add_space(8.0);
    ui.label(RichText::new("ddim-wgpu live").size(20.0).strong());
    ui.label(RichText::new(&live.adapter).size(11.0).weak());

    heading(ui, "MODEL");
    ui.horizontal_wrapped(|ui| {
        for entry in live.entries.clone() {
            let chosen = live.entry() == Some(&entry);
            if ui.selectable_label(chosen, entry.name()).clicked() {
                live.load(entry);
            }
        }
    });
    ui.label(
        RichText::new("or drop a model directory on the window")
            .size(11.0)
            .weak(),
    );
    if let Some(error) = &live.error {
        ui.add_space(8.0);
        ui.label(RichText::new(error).color(Color32::from_rgb(255, 120, 100)));
    }

    let facts = live.session.as_ref().map(|session| {
        let session = session.lock().expect("no frame panicked");
        (session.num_classes(), session.is_of_points())
    });
    let (num_classes, is_of_points) = facts.unwrap_or_default();
    sampler(live, ui, num_classes);

    heading(ui, "FRAME");
    let mut count = live.settings.count;
    let most = if is_of_points { 200_000 } else { 400 };
    let slider = ui.add(
        Slider::new(&mut count, 1..=most)
            .logarithmic(true)
            .text("samples"),
    );
    live.settings.count = count;
    if slider.drag_stopped() || (slider.changed() && !slider.dragged()) {
        live.resize();
    }
    let mut milliseconds = live.frame_time.as_secs_f64() * 1e3;
    let slider = Slider::new(&mut milliseconds, 0.5..=50.0)
        .logarithmic(true)
        .max_decimals(1);
    ui.add(slider.suffix(" ms").text("sampling a frame"));
    live.frame_time = Duration::from_secs_f64(milliseconds / 1e3);
    ui.toggle_value(&mut live.plots, "plots").on_hover_text("P");
    if live.plots {
        plot::frames(live, ui);
    }
}

fn sampler(live: &mut Live, ui: &mut egui::Ui, num_classes: Option<usize>) {
    let before = live.settings.clone();
    let settings = &mut live.settings;
    heading(ui, "SAMPLER");
    egui::ComboBox::from_id_salt("sampler")
        .width(150.0)
        .selected_text(settings.sampler.name())
        .show_ui(ui, |ui| {
            for kind in SamplerKind::ALL {
                ui.selectable_value(&mut settings.sampler, *kind, kind.name());
            }
        });
    ui.add(
        Slider::new(&mut settings.steps, 2..=Settings::MOST_STEPS)
            .logarithmic(true)
            .text("steps"),
    );
    ui.add_enabled_ui(settings.sampler == SamplerKind::Ddim, |ui| {
        ui.add(
            Slider::new(&mut settings.eta, 0.0..=1.0)
                .max_decimals(2)
                .text("η, noise added"),
        );
    });
    ui.horizontal(|ui| {
        ui.add(
            egui::DragValue::new(&mut settings.seed)
                .speed(0.2)
                .prefix("seed "),
        );
        if ui.button("next").on_hover_text("R").clicked() {
            settings.seed += 1;
        }
    });
    if let Some(classes) = num_classes {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            ui.selectable_value(&mut settings.class, ClassChoice::None, "none");
            ui.selectable_value(&mut settings.class, ClassChoice::Cyclic, "all");
            for class in 0..classes.min(20) as u32 {
                ui.selectable_value(
                    &mut settings.class,
                    ClassChoice::One(class),
                    class.to_string(),
                );
            }
        });
        ui.add_enabled_ui(settings.class != ClassChoice::None, |ui| {
            ui.add(
                Slider::new(&mut settings.guidance, 0.0..=4.0)
                    .max_decimals(2)
                    .text("guidance"),
            );
        });
    }
    if *settings != before {
        live.apply();
    }
}

/// Plays, or plays again from the start.
pub(crate) fn toggle(live: &mut Live) {
    let at_end = live.session.as_ref().is_some_and(|session| {
        let session = session.lock().expect("no frame panicked");
        session.goal() == session.rows()
    });
    if !live.playing && at_end {
        live.restart();
    } else {
        live.playing = !live.playing;
    }
}

/// Play, step and scrub.
pub(crate) fn transport(live: &mut Live, ui: &mut egui::Ui) {
    let Some(session) = live.session.clone() else {
        return;
    };
    let (done, rows, level) = {
        let session = session.lock().expect("no frame panicked");
        let level = session.shown_row().map(|row| row.next_level.alpha_bar());
        (session.done(), session.rows(), level)
    };
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        if icon::button(ui, icon::START)
            .on_hover_text("back to the noise (Home)")
            .clicked()
        {
            live.jump(0);
        }
        if icon::button(ui, icon::BACK)
            .on_hover_text("a step back (←)")
            .clicked()
        {
            live.step(-1);
        }
        let play = if live.playing {
            icon::PAUSE
        } else {
            icon::PLAY
        };
        if icon::button(ui, play)
            .on_hover_text("play or pause (Space)")
            .clicked()
        {
            toggle(live);
        }
        if icon::button(ui, icon::ON)
            .on_hover_text("a step on (→)")
            .clicked()
        {
            live.step(1);
        }
        ui.toggle_value(&mut live.looping, "loop")
            .on_hover_text("another seed each time");
        ui.separator();
        ui.selectable_value(&mut live.shown, ImageSource::State, "state x");
        ui.selectable_value(&mut live.shown, ImageSource::X0, "estimate of the data");
        ui.separator();
        ui.add(
            Slider::new(&mut live.run_seconds, 0.5..=20.0)
                .logarithmic(true)
                .max_decimals(1)
                .suffix(" s"),
        );
    });
    ui.horizontal(|ui| {
        let mut row = done;
        ui.spacing_mut().slider_width = (ui.available_width() - 228.0).max(80.0);
        let slider = ui.add(Slider::new(&mut row, 0..=rows).show_value(false));
        if slider.changed() {
            live.jump(row);
        }
        let level = level.map_or("noise".to_owned(), |level| {
            format!("signal {:.1} %", 100.0 * level)
        });
        ui.label(
            RichText::new(format!("step {done:>3} of {rows}  {level}"))
                .monospace()
                .size(12.0),
        );
    });
    ui.add_space(6.0);
}
