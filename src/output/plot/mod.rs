//! Plots: lines and dots over two axes, with titles, ticks and a legend, as many panels as needed
//! in one picture.

mod axis;
mod canvas;
mod color;
mod figure;
mod panel;
mod series;
mod text;

pub use color::{COLORS, Color};
pub use figure::Figure;
pub use series::{Mark, Panel, Series};
