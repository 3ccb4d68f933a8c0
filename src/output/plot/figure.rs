//! Rows of panels under a title.

use super::canvas::{self, Canvas};
use super::series::Panel;
use super::{panel, text};
use crate::output::picture::Raster;

/// A picture of rows of panels under a title.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// At the top.
    pub title: String,
    /// In smaller letters under it.
    pub subtitle: String,
    /// Rows from the top, each of panels from the left, of one height and equal widths.
    pub rows: Vec<Vec<Panel>>,
}

const WIDTH: u32 = 1600;
const ROW_HEIGHT: f32 = 560.0;
const HEADER: f32 = 130.0;
const MARGIN: f32 = 40.0;

impl Figure {
    /// Draws it, 1600 pixels wide and 560 for every row and a title high.
    #[must_use]
    pub fn draw(&self) -> Raster {
        let height = HEADER + ROW_HEIGHT * self.rows.len() as f32 + MARGIN / 2.0;
        let mut canvas = Canvas::new(WIDTH, height as u32);
        canvas.text(
            &self.title,
            [MARGIN, 62.0],
            text::TITLE,
            canvas::INK,
            text::Anchor::Start,
        );
        canvas.text(
            &self.subtitle,
            [MARGIN, 100.0],
            text::SUBTITLE,
            canvas::FAINT_INK,
            text::Anchor::Start,
        );
        for (row, panels) in self.rows.iter().enumerate() {
            let width = WIDTH as f32 / panels.len() as f32;
            for (column, panel) in panels.iter().enumerate() {
                let corner = [column as f32 * width, HEADER + row as f32 * ROW_HEIGHT];
                panel::draw(&mut canvas, panel, corner, [width, ROW_HEIGHT]);
            }
        }
        canvas.finish()
    }
}
