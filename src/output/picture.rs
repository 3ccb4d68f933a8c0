//! The picture that suits a sample shape.

use super::grid::Layout;
use super::raster::Raster;
use super::scatter::{self, View};

/// Why samples cannot be drawn.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PictureError {
    /// Neither points of the plane nor images.
    #[error(
        "samples of shape {shape:?} cannot be drawn ([2] and [1 or 3, height, width] can): write them as .npy"
    )]
    Shape {
        /// Shape of one sample.
        shape: Vec<usize>,
    },
    /// There is nothing to draw.
    #[error("no samples to draw")]
    Empty,
    /// The grid would be larger than viewers open.
    #[error(
        "a grid of {count} images would exceed {limit} pixels a side: draw fewer, or write them as .npy"
    )]
    TooLarge {
        /// Images asked for.
        count: usize,
        /// Longest side in pixels.
        limit: usize,
    },
}

/// How samples of one shape are drawn: chosen once, before the samples are there, then used for one or many rasters.
#[derive(Debug, Clone, PartialEq)]
pub enum Picture {
    /// Images side by side.
    Grid(Layout),
    /// Points of the plane; without a view, the one that [fits](View::fit) the points drawn.
    Scatter(Option<View>),
}

impl Picture {
    /// Chooses for `count` samples of `sample_shape`; `columns` is for grids.
    ///
    /// # Errors
    /// [`PictureError`], which is how a program finds out before it computes that the result could not be drawn.
    pub fn new(
        count: usize,
        sample_shape: &[usize],
        columns: Option<usize>,
    ) -> Result<Self, PictureError> {
        match sample_shape {
            [2] if count == 0 => Err(PictureError::Empty),
            [2] => Ok(Self::Scatter(None)),
            shape => Layout::new(count, shape, columns).map(Self::Grid),
        }
    }

    /// Draws `[count, …sample_shape]` values.
    ///
    /// # Errors
    /// [`PictureError::Empty`] if there are none.
    pub fn draw(&self, values: &[f32]) -> Result<Raster, PictureError> {
        match self {
            Self::Grid(layout) => Ok(layout.draw(values)),
            Self::Scatter(view) => scatter::draw(values, view.unwrap_or_else(|| View::fit(values))),
        }
    }

    /// This picture for a series that ends in `last`: a scatter keeps one view, wide enough to see noise come in.
    #[must_use]
    pub fn for_series(self, last: &[f32]) -> Self {
        match self {
            Self::Scatter(None) => Self::Scatter(Some(View::fit(last).widened(1.35))),
            other => other,
        }
    }
}
