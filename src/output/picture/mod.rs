//! Samples as pictures in memory: a [`grid`] of images, a [`scatter`] of points, a [`strip`] of
//! states, and text for a terminal ([`Braille`]).

mod braille;
mod error;
pub mod grid;
mod layout;
mod raster;
pub mod scatter;
pub mod strip;

pub use braille::Braille;
pub use error::PictureError;
pub use layout::PictureLayout;
pub use raster::{Pixels, Raster};
