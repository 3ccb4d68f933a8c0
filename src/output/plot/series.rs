//! What a panel shows.

use super::color::Color;

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
