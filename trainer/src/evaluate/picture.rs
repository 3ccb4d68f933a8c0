//! Pictures to look at: grids of images, scatter plots.

use std::path::Path;

use image::{GrayImage, Luma};

use crate::error::Error;

/// Side of an image of digits, in pixels.
const SIDE: usize = 28;

/// Writes 28×28 images in [−1, 1], `columns` a row, 2× enlarged.
pub(crate) fn grid(samples: &[f32], columns: usize, path: &Path) -> Result<(), Error> {
    let images: Vec<_> = samples.chunks_exact(SIDE * SIDE).collect();
    let rows = images.len().div_ceil(columns);
    let size = |count: usize| (count * SIDE * 2) as u32;
    let picture = GrayImage::from_fn(size(columns), size(rows), |x, y| {
        let (x, y) = (x as usize / 2, y as usize / 2);
        let value = images
            .get(y / SIDE * columns + x / SIDE)
            .map_or(-1.0, |image| image[y % SIDE * SIDE + x % SIDE]);
        Luma([((value + 1.0) * 127.5).round().clamp(0.0, 255.0) as u8])
    });
    Ok(picture.save(path)?)
}

/// Writes points of [−1.1, 1.1]² as dark dots, y upwards.
pub(crate) fn scatter(points: &[[f32; 2]], path: &Path) -> Result<(), Error> {
    const PIXELS: u32 = 480;
    let mut picture = GrayImage::from_pixel(PIXELS, PIXELS, Luma([255]));
    let place = |value: f32| ((value / 1.1 + 1.0) * 0.5 * PIXELS as f32) as i64;
    for [x, y] in points {
        let (x, y) = (place(*x), i64::from(PIXELS) - 1 - place(*y));
        if (0..i64::from(PIXELS)).contains(&x) && (0..i64::from(PIXELS)).contains(&y) {
            let Luma([value]) = picture.get_pixel_mut(x as u32, y as u32);
            *value = value.saturating_sub(110);
        }
    }
    Ok(picture.save(path)?)
}
