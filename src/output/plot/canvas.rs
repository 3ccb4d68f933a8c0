//! A white sheet to draw on, and its way into a [`Raster`].

use tiny_skia::{FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Stroke, Transform};

use super::color::Color;
use super::text::{self, Anchor};
use crate::output::picture::{Pixels, Raster};

/// Of text and axes.
pub const INK: Color = [30, 34, 42];
/// Of what should not catch the eye.
pub const FAINT_INK: Color = [96, 104, 116];
/// Of the lines at the ticks.
pub const GRID: Color = [226, 230, 236];

pub struct Canvas(Pixmap);

fn paint(color: Color) -> Paint<'static> {
    let [red, green, blue] = color;
    let mut paint = Paint::default();
    paint.set_color_rgba8(red, green, blue, 255);
    paint.anti_alias = true;
    paint
}

impl Canvas {
    /// # Panics
    /// If a side is 0.
    pub fn new(width: u32, height: u32) -> Self {
        let mut pixmap = Pixmap::new(width, height).expect("a picture has sides");
        pixmap.fill(tiny_skia::Color::WHITE);
        Self(pixmap)
    }

    fn fill(&mut self, path: &Path, color: Color, transform: Transform) {
        self.0
            .fill_path(path, &paint(color), FillRule::Winding, transform, None);
    }

    /// Joins points in pixels.
    pub fn line(&mut self, points: &[[f32; 2]], width: f32, color: Color) {
        let mut path = PathBuilder::new();
        for (i, &[x, y]) in points.iter().enumerate() {
            if i == 0 {
                path.move_to(x, y);
            } else {
                path.line_to(x, y);
            }
        }
        let stroke = Stroke {
            width,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        if let Some(path) = path.finish() {
            self.0
                .stroke_path(&path, &paint(color), &stroke, Transform::identity(), None);
        }
    }

    /// A disc with a white rim, which keeps it apart from what is under it.
    pub fn dot(&mut self, [x, y]: [f32; 2], radius: f32, color: Color) {
        for (radius, color) in [(radius + 1.5, [255; 3]), (radius, color)] {
            if let Some(path) = PathBuilder::from_circle(x, y, radius) {
                self.fill(&path, color, Transform::identity());
            }
        }
    }

    /// A line of text, `at` a point of its baseline.
    pub fn text(&mut self, line: &str, at: [f32; 2], size: f32, color: Color, anchor: Anchor) {
        self.place(
            line,
            size,
            color,
            anchor,
            Transform::from_translate(at[0], at[1]),
        );
    }

    /// A line of text that runs upwards, `at` the middle of its baseline.
    pub fn text_upwards(&mut self, line: &str, at: [f32; 2], size: f32, color: Color) {
        let transform = Transform::from_translate(at[0], at[1]).pre_rotate(-90.0);
        self.place(line, size, color, Anchor::Middle, transform);
    }

    fn place(&mut self, line: &str, size: f32, color: Color, anchor: Anchor, transform: Transform) {
        let shift = match anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -0.5 * text::width(line, size),
            Anchor::End => -text::width(line, size),
        };
        if let Some(path) = text::outline(line, size) {
            self.fill(&path, color, transform.pre_translate(shift, 0.0));
        }
    }

    /// The picture.
    pub fn finish(self) -> Raster {
        let (width, height) = (self.0.width(), self.0.height());
        // Opaque everywhere, so that colours are as they were set.
        let rgb = self
            .0
            .pixels()
            .iter()
            .flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]);
        Raster {
            width,
            height,
            pixels: Pixels::Rgb(rgb.collect()),
        }
    }
}
