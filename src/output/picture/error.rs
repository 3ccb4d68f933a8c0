//! Why samples cannot be drawn.

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
