//! The picture that suits a sample shape.

use super::error::PictureError;
use super::grid::GridLayout;
use super::raster::Raster;
use super::scatter::{self, View};

/// How samples of one shape are drawn: chosen once, before the samples are there, then used for one
/// or many rasters.
#[derive(Debug, Clone, PartialEq)]
pub enum PictureLayout {
    /// Images side by side.
    Grid(GridLayout),
    /// Points of the plane; without a view, the one that [fits](View::fit) the points drawn.
    Scatter(Option<View>),
}

impl PictureLayout {
    /// Chooses for `count` samples of `sample_shape`; `columns` is for grids.
    ///
    /// # Errors
    /// [`PictureError`], which is how a program finds out before it computes that the result could
    /// not be drawn.
    pub fn new(
        count: usize,
        sample_shape: &[usize],
        columns: Option<usize>,
    ) -> Result<Self, PictureError> {
        match sample_shape {
            [2] if count == 0 => Err(PictureError::Empty),
            [2] => Ok(Self::Scatter(None)),
            shape => GridLayout::new(count, shape, columns).map(Self::Grid),
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

    /// This picture for a series that ends in `last`: a scatter keeps one view, wide enough to see
    /// noise come in.
    #[must_use]
    pub fn for_series(self, last: &[f32]) -> Self {
        match self {
            Self::Scatter(None) => Self::Scatter(Some(View::fit(last).widened(1.35))),
            other => other,
        }
    }
}
