//! Images side by side.

use super::error::PictureError;
use super::raster::{Pixels, Raster};
use crate::output::byte::to_byte;

/// Longest side of a picture, in pixels; what a viewer can be expected to open.
const MAX_SIDE: usize = 16_384;

/// The side that small images are enlarged towards, so that a grid of 28 × 28 digits can be read on
/// a screen.
const COMFORTABLE_SIDE: usize = 1_024;

/// Largest enlargement.
const MAX_SCALE: usize = 8;

/// Between and around the images: visible beside black and beside white.
const MARGIN_GREY: u8 = 52;

/// Where the images of a grid go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GridLayout {
    /// Channels of an image, 1 or 3.
    channels: usize,
    height: usize,
    width: usize,
    columns: usize,
    rows: usize,
    /// Each value becomes a square of `scale × scale` pixels.
    scale: usize,
    /// Pixels between and around the images.
    margin: usize,
}

impl GridLayout {
    /// Arranges `count` images of `shape` `[channels, height, width]` in a near-square, or in
    /// `columns` columns.
    ///
    /// Small images are enlarged by a whole factor, so that every value stays a sharp square.
    ///
    /// # Errors
    /// [`PictureError::Shape`] for anything but 1 or 3 channels, [`PictureError::Empty`] without
    /// images and [`PictureError::TooLarge`] if the grid would exceed 16,384 pixels a side.
    pub fn new(
        count: usize,
        shape: &[usize],
        columns: Option<usize>,
    ) -> Result<Self, PictureError> {
        let &[
            channels @ (1 | 3),
            height @ 1..=usize::MAX,
            width @ 1..=usize::MAX,
        ] = shape
        else {
            return Err(PictureError::Shape {
                shape: shape.to_vec(),
            });
        };
        if count == 0 {
            return Err(PictureError::Empty);
        }
        let too_large = PictureError::TooLarge {
            count,
            limit: MAX_SIDE,
        };
        // More images than pixels; also what keeps the arithmetic below from overflowing.
        if count > MAX_SIDE * MAX_SIDE {
            return Err(too_large);
        }
        let columns = columns
            .unwrap_or_else(|| near_square(count))
            .clamp(1, count);
        let rows = count.div_ceil(columns);
        let longest = (columns.saturating_mul(width)).max(rows.saturating_mul(height));
        let scale = (COMFORTABLE_SIDE / longest).clamp(1, MAX_SCALE);
        let layout = Self {
            channels,
            height,
            width,
            columns,
            rows,
            scale,
            // One image value wide, but never so thin or thick that it is not a thin line.
            margin: scale.clamp(2, 4),
        };
        let (picture_width, picture_height) = layout.size();
        if picture_width.max(picture_height) > MAX_SIDE {
            return Err(too_large);
        }
        Ok(layout)
    }

    /// Width and height of the picture in pixels.
    fn size(&self) -> (usize, usize) {
        let side = |images: usize, length: usize| {
            let image = length
                .saturating_mul(self.scale)
                .saturating_add(self.margin);
            images.saturating_mul(image).saturating_add(self.margin)
        };
        (side(self.columns, self.width), side(self.rows, self.height))
    }

    /// Draws `[count, channels, height, width]` values: −1 black, 1 full, clamped outside.
    ///
    /// # Panics
    /// If `values` holds more images than the grid has places, or a part of an image.
    pub fn draw(&self, values: &[f32]) -> Raster {
        let (width, height) = self.size();
        let image_length = self.channels * self.height * self.width;
        assert!(
            values.len().is_multiple_of(image_length),
            "a part of an image"
        );
        assert!(
            values.len() / image_length <= self.columns * self.rows,
            "more images than places"
        );

        let mut pixels = vec![MARGIN_GREY; width * height * self.channels];
        for (index, image) in values.chunks_exact(image_length).enumerate() {
            let left = self.margin + index % self.columns * (self.width * self.scale + self.margin);
            let top = self.margin + index / self.columns * (self.height * self.scale + self.margin);
            for y in 0..self.height * self.scale {
                let start = ((top + y) * width + left) * self.channels;
                let row = &mut pixels[start..start + self.width * self.scale * self.channels];
                for (x, pixel) in row.chunks_exact_mut(self.channels).enumerate() {
                    for (channel, byte) in pixel.iter_mut().enumerate() {
                        let at =
                            (channel * self.height + y / self.scale) * self.width + x / self.scale;
                        *byte = to_byte(image[at]);
                    }
                }
            }
        }
        Raster {
            width: width as u32,
            height: height as u32,
            pixels: if self.channels == 1 {
                Pixels::Grey(pixels)
            } else {
                Pixels::Rgb(pixels)
            },
        }
    }
}

/// The number of columns that leaves few places empty and is not far from a square.
fn near_square(count: usize) -> usize {
    let root = (count as f64).sqrt().ceil() as usize;
    // A row too many is worse than a few empty places: 10 images are 5 × 2, 64 are 8 × 8, 23 are 6
    // × 4.
    let cost = |columns: usize| {
        let rows = count.div_ceil(columns);
        let empty = (columns * rows - count) as f64 / count as f64;
        let aspect = columns as f64 / rows as f64;
        empty + 0.15 * (aspect - 1.0)
    };
    (root..=2 * root)
        .min_by(|&a, &b| cost(a).total_cmp(&cost(b)))
        .unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrangements() {
        for (count, columns) in [
            (1, 1),
            (2, 2),
            (4, 2),
            (6, 3),
            (10, 5),
            (16, 4),
            (20, 5),
            (64, 8),
            (100, 10),
        ] {
            assert_eq!(near_square(count), columns, "{count} images");
        }
    }

    #[test]
    fn values_become_squares_of_pixels() {
        let layout = GridLayout::new(2, &[1, 1, 2], None).unwrap();
        let raster = layout.draw(&[-1.0, 1.0, 0.0, f32::NAN]);
        let Pixels::Grey(pixels) = &raster.pixels else {
            panic!("not grey")
        };
        assert_eq!((raster.width, raster.height), (2 * 16 + 3 * 4, 8 + 2 * 4));
        let row = &pixels[5 * raster.width as usize..][..raster.width as usize];
        let expected = [
            (52, 4),
            (0, 8),
            (255, 8),
            (52, 4),
            (128, 8),
            (0, 8),
            (52, 4),
        ];
        let expected: Vec<u8> = expected
            .iter()
            .flat_map(|&(grey, n)| std::iter::repeat_n(grey, n))
            .collect();
        assert_eq!(row, expected);
    }

    #[test]
    fn channels_are_interleaved() {
        let raster = GridLayout::new(1, &[3, 1, 1], None)
            .unwrap()
            .draw(&[-1.0, 0.0, 1.0]);
        let at = 3 * (5 * raster.width as usize + 5);
        assert_eq!(raster.bytes()[at..at + 3], [0, 128, 255]);
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        for shape in [&[2][..], &[4, 8, 8], &[28, 28], &[1, 0, 8], &[]] {
            assert!(
                matches!(
                    GridLayout::new(4, shape, None),
                    Err(PictureError::Shape { .. })
                ),
                "{shape:?}"
            );
        }
        assert!(matches!(
            GridLayout::new(0, &[1, 8, 8], None),
            Err(PictureError::Empty)
        ));
        for count in [1 << 22, usize::MAX] {
            let layout = GridLayout::new(count, &[1, 28, 28], None);
            assert!(
                matches!(layout, Err(PictureError::TooLarge { .. })),
                "{count}"
            );
        }
    }

    #[test]
    fn rounding_is_to_nearest() {
        assert_eq!(
            [-2.0, -1.0, -0.997, 0.0, 1.0, 2.0].map(to_byte),
            [0, 0, 0, 128, 255, 255]
        );
    }
}
