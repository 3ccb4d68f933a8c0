//! Pictures in memory.

/// A picture: rows from the top, pixels from the left, 8 bits a channel, sRGB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raster {
    /// Pixels a row.
    pub width: u32,
    /// Number of rows.
    pub height: u32,
    /// What the pixels hold.
    pub pixels: Pixels,
}

/// Pixels of a [`Raster`], in the smallest form that says all there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pixels {
    /// One byte a pixel, 0 black.
    Grey(Vec<u8>),
    /// Three bytes a pixel: red, green, blue.
    Rgb(Vec<u8>),
    /// One byte a pixel, an index into a table of colours.
    Indexed {
        /// One index a pixel.
        indices: Vec<u8>,
        /// Red, green and blue of each index.
        palette: &'static [[u8; 3]; 256],
    },
}

impl Raster {
    /// The bytes of the pixels, whatever they hold.
    pub fn bytes(&self) -> &[u8] {
        match &self.pixels {
            Pixels::Grey(bytes) | Pixels::Rgb(bytes) | Pixels::Indexed { indices: bytes, .. } => {
                bytes
            }
        }
    }

    /// Whether two rasters can be frames of one animation: the same size and kind.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let kind = |raster: &Self| std::mem::discriminant(&raster.pixels);
        (self.width, self.height, kind(self)) == (other.width, other.height, kind(other))
    }
}
