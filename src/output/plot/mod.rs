//! Plots: lines and dots over two axes, with titles, ticks and a legend, as many panels as needed in one picture.

mod axis;
mod canvas;
mod panel;
mod text;

use super::raster::Raster;

use canvas::Canvas;

/// Red, green and blue.
pub type Color = [u8; 3];

/// Colours that can be told apart, also by those who see few (Okabe and Ito 2008).
pub const COLORS: [Color; 4] = [[0, 114, 178], [213, 94, 0], [0, 158, 115], [204, 121, 167]];

/// How the points of a series are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Joined.
    Line,
    /// A dot at each.
    Dots,
    /// Both.
    LineAndDots,
}

/// Points of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What the legend says.
    pub label: String,
    /// Its colour.
    pub color: Color,
    /// How it is shown.
    pub mark: Mark,
    /// x and y; what is not finite is left out.
    pub points: Vec<[f64; 2]>,
}

/// One pair of axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Above it.
    pub title: String,
    /// Below the horizontal axis.
    pub x_label: String,
    /// Beside the vertical axis.
    pub y_label: String,
    /// What it shows, the first below the others.
    pub series: Vec<Series>,
}

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
