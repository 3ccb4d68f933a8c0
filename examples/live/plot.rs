//! How long frames take, and how much gets done: two small plots.

use std::ops::RangeInclusive;

use eframe::egui;
use egui::{Align2, Color32, FontId, Pos2, Rect, Stroke, Vec2};

use crate::app::Live;
use crate::controls::ACCENT;
use crate::report::SHOWN_FRAMES;

const LABEL: Color32 = Color32::from_gray(150);
const SAMPLING: Color32 = Color32::from_rgb(240, 176, 84);

/// The latest frames: time from one to the next, and rows recorded in each.
pub(crate) fn frames(live: &Live, ui: &mut egui::Ui) {
    let report = live.report.lock().expect("no frame panicked");
    let milliseconds: Vec<f32> = report.latest().map(|frame| frame.milliseconds).collect();
    let rows: Vec<f32> = report.latest().map(|frame| frame.rows as f32).collect();
    let recent = &milliseconds[milliseconds.len().saturating_sub(30)..];
    let mean = recent.iter().sum::<f32>() / recent.len().max(1) as f32;
    let (samples_per_second, row_time) = live.session.as_ref().map_or((0.0, None), |session| {
        let mut session = session.lock().expect("no frame panicked");
        let whole = session.count() as f32 / session.rows() as f32;
        (
            report.rows_per_second() * whole,
            session.budget().row_time(),
        )
    });

    plot(
        ui,
        "frame time",
        &format!("{mean:.1} ms"),
        "ms",
        &milliseconds,
        ACCENT,
    );
    let row = row_time.map_or("host clock".to_owned(), |time| {
        format!("a row {:.2} ms", 1e3 * time.as_secs_f64())
    });
    plot(ui, "rows in a frame", &row, "rows", &rows, SAMPLING);
    ui.horizontal(|ui| {
        ui.label(
            egui::RichText::new(short(samples_per_second))
                .size(18.0)
                .strong(),
        );
        ui.label(
            egui::RichText::new("samples/s over two seconds")
                .size(11.0)
                .weak(),
        );
    });
}

/// Bars, one a frame, the newest on the right, under a title on the left and a value on the right.
fn plot(ui: &mut egui::Ui, title: &str, value: &str, unit: &str, values: &[f32], color: Color32) {
    let (area, _) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), 78.0), egui::Sense::hover());
    let painter = ui.painter_at(area);
    let small = FontId::proportional(11.0);
    painter.text(
        area.left_top(),
        Align2::LEFT_TOP,
        title,
        small.clone(),
        LABEL,
    );
    painter.text(
        area.right_top(),
        Align2::RIGHT_TOP,
        value,
        small.clone(),
        Color32::WHITE,
    );

    let top = nice(usual(values).max(1.0));
    let field = Rect::from_min_max(
        area.left_top() + Vec2::new(48.0, 17.0),
        area.right_bottom() - Vec2::new(0.0, 4.0),
    );
    painter.rect_filled(field, 2.0, Color32::from_rgb(8, 9, 12));
    let height = |value: f32| field.bottom() - value / top * field.height();
    for (value, text) in [
        (top, format!("{top:.0} {unit}")),
        (0.5 * top, String::new()),
        (0.0, "0".to_owned()),
    ] {
        let y = height(value);
        painter.hline(field.x_range(), y, Stroke::new(1.0, Color32::from_gray(30)));
        let align = if value > 0.0 {
            Align2::RIGHT_TOP
        } else {
            Align2::RIGHT_BOTTOM
        };
        painter.text(
            Pos2::new(field.left() - 4.0, y),
            align,
            text,
            FontId::proportional(9.0),
            LABEL,
        );
    }
    let width = field.width() / SHOWN_FRAMES as f32;
    for (age, &value) in values.iter().rev().enumerate() {
        let right = field.right() - age as f32 * width;
        let columns: RangeInclusive<f32> = right - 0.85 * width.max(1.0)..=right;
        let bar = Rect::from_x_y_ranges(columns, height(value.min(top))..=field.bottom());
        // White where the value is beyond the plot.
        let color = if value > top {
            Color32::WHITE
        } else {
            color.gamma_multiply(0.85)
        };
        painter.rect_filled(bar, 0.0, color);
    }
}

/// What all but a few values keep below: one hitch shall not flatten the rest.
fn usual(values: &[f32]) -> f32 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    sorted.get(sorted.len() * 97 / 100).copied().unwrap_or(1.0)
}

/// The least of 1, 2, 5, 10, 20, … that is no less than `value`.
fn nice(value: f32) -> f32 {
    let ten = 10_f32.powf(value.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * ten);
    steps
        .into_iter()
        .find(|step| *step >= value * 0.999)
        .unwrap_or(10.0 * ten)
}

/// A number in at most five characters.
fn short(value: f32) -> String {
    match value {
        v if v >= 1e6 => format!("{:.1} M", v / 1e6),
        v if v >= 1e4 => format!("{:.0} k", v / 1e3),
        v => format!("{v:.0}"),
    }
}
