//! A picture as a sample. Files come from strangers, so their size is limited before memory is allocated.

use std::io::{BufRead, Seek};

use image::imageops::FilterType;
use image::{ImageFormat, ImageReader, ImageResult, Limits};

/// Largest width and height read.
pub const MAX_SIDE: u32 = 1 << 14;
/// Most memory the decoder may take, in bytes: a picture of 16 million points.
const MAX_BYTES: u64 = 64 << 20;

/// The values `[channels, height, width]` of a PNG file, scaled to that size and made grey if `channels` is 1; black is −1
/// and white 1.
pub fn decode(
    file: impl BufRead + Seek,
    [channels, height, width]: [usize; 3],
) -> ImageResult<Vec<f32>> {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_BYTES);
    let mut reader = ImageReader::with_format(file, ImageFormat::Png);
    reader.limits(limits);
    let picture = reader
        .decode()?
        .resize_exact(width as u32, height as u32, FilterType::Lanczos3);
    let pixels = if channels == 1 {
        picture.to_luma8().into_raw()
    } else {
        picture.to_rgb8().into_raw()
    };
    // Pixel after pixel to channel after channel.
    let channel = |channel: usize| pixels.iter().skip(channel).step_by(channels);
    let bytes = (0..channels).flat_map(channel);
    Ok(bytes.map(|&byte| f32::from(byte) / 127.5 - 1.0).collect())
}
