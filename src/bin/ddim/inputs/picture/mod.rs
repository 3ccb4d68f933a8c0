//! A picture as samples. Files come from strangers, so their size is limited before memory is
//! allocated.
//!
//! What is not as the model needs it is brought there as other tools do, and said: the orientation
//! of EXIF is honoured, transparency is drawn over a background, colours become grey by the weights
//! of ITU-R BT.601 (as in Pillow, OpenCV and diffusers), and another aspect is cropped or padded.
//! Sixteen bits a channel are kept.

mod colors;
mod fit;

use std::io::{BufRead, Seek};

use image::codecs::gif::GifDecoder;
use image::{
    AnimationDecoder, DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits,
    RgbaImage,
};

use colors::{to_grey, to_rgb, without_alpha};
use fit::fit;
pub use fit::{Conversion, Fit};

/// Largest width and height read.
pub const MAX_SIDE: u32 = 1 << 14;
/// Most memory the decoder may take, in bytes: a picture of 16 million points.
const MAX_BYTES: u64 = 64 << 20;
/// Most frames of an animation.
pub const MAX_FRAMES: usize = 1 << 14;

/// Samples from one file.
#[derive(Debug, Default)]
pub struct Decoded {
    pub count: usize,
    /// `[count, channels, height, width]`; black is −1 and white 1.
    pub values: Vec<f32>,
    /// What was done to them that may surprise.
    pub notes: Vec<String>,
}

/// Whether a file that begins so is a picture that is read.
pub fn is_picture(start: &[u8]) -> bool {
    image::guess_format(start).is_ok_and(|format| FORMATS.contains(&format))
}

/// Formats that are read: PNG, JPEG, WebP, BMP and GIF, of which each frame is a sample.
const FORMATS: [ImageFormat; 5] = [
    ImageFormat::Png,
    ImageFormat::Jpeg,
    ImageFormat::WebP,
    ImageFormat::Bmp,
    ImageFormat::Gif,
];

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_BYTES);
    limits
}

/// Reads a picture, or an animation, as samples of `shape`, `[1 or 3, height, width]`.
pub fn decode(
    file: impl BufRead + Seek,
    shape: [usize; 3],
    conversion: &Conversion,
) -> Result<Decoded, ImageError> {
    let mut reader = ImageReader::new(file).with_guessed_format()?;
    reader.limits(limits());
    let mut decoded = Decoded::default();
    if reader.format() == Some(ImageFormat::Gif) {
        let mut decoder = GifDecoder::new(reader.into_inner())?;
        decoder.set_limits(limits())?;
        for frame in decoder.into_frames().take(MAX_FRAMES) {
            let frame: RgbaImage = frame?.into_buffer();
            decoded.push(DynamicImage::ImageRgba8(frame), shape, conversion);
        }
        return Ok(decoded);
    }
    let mut decoder = reader.into_decoder()?;
    let mut left = limits();
    left.reserve(decoder.total_bytes())?;
    decoder.set_limits(left)?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    decoded.push(picture, shape, conversion);
    Ok(decoded)
}

impl Decoded {
    fn push(
        &mut self,
        mut picture: DynamicImage,
        [channels, height, width]: [usize; 3],
        conversion: &Conversion,
    ) {
        if let Some(opaque) = without_alpha(&picture, conversion.background) {
            picture = opaque;
            self.note(format!(
                "partly transparent, drawn over {} (--background)",
                color_name(conversion.background)
            ));
        }
        picture = if channels == 1 {
            to_grey(picture)
        } else {
            to_rgb(picture)
        };
        let size = [width as u32, height as u32];
        let (fitted, note) = fit(picture, size, conversion);
        if let Some(note) = note {
            self.note(note);
        }
        self.count += 1;
        self.values.extend(values(&fitted, channels));
    }

    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

/// As people write it on the command line.
pub fn color_name(color: [u8; 3]) -> String {
    match color {
        [255, 255, 255] => "white".to_owned(),
        [0, 0, 0] => "black".to_owned(),
        [red, green, blue] => format!("#{red:02x}{green:02x}{blue:02x}"),
    }
}

/// The values of a grey or coloured picture without alpha, channel after channel.
fn values(picture: &DynamicImage, channels: usize) -> Vec<f32> {
    fn by_channel<T: Copy>(pixels: &[T], channels: usize, value: impl Fn(T) -> f32) -> Vec<f32> {
        let channel = |channel: usize| pixels.iter().skip(channel).step_by(channels);
        (0..channels).flat_map(channel).map(|&v| value(v)).collect()
    }
    let byte = |value: u8| f32::from(value) / 127.5 - 1.0;
    let word = |value: u16| f32::from(value) / 32_767.5 - 1.0;
    match picture {
        DynamicImage::ImageLuma8(picture) => by_channel(picture, channels, byte),
        DynamicImage::ImageLuma16(picture) => by_channel(picture, channels, word),
        DynamicImage::ImageRgb16(picture) => by_channel(picture, channels, word),
        picture => by_channel(&picture.to_rgb8(), channels, byte),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{GrayImage, ImageBuffer, Luma, Rgb, RgbImage};

    use super::*;

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).expect("encoded");
        bytes.into_inner()
    }

    fn read(bytes: &[u8], shape: [usize; 3], conversion: &Conversion) -> Decoded {
        decode(Cursor::new(bytes), shape, conversion).expect("a picture")
    }

    /// As Pillow converts to `L`: 76, 150 and 29.
    #[test]
    fn grey_is_by_bt_601() {
        for (color, grey) in [([255, 0, 0], 76), ([0, 255, 0], 150), ([0, 0, 255], 29)] {
            let picture = RgbImage::from_pixel(2, 2, Rgb(color)).into();
            let bytes = encoded(&picture, ImageFormat::Png);
            let decoded = read(&bytes, [1, 2, 2], &Conversion::default());
            assert_eq!(decoded.values, [f32::from(grey as u8) / 127.5 - 1.0; 4]);
        }
    }

    #[test]
    fn every_format_is_read() {
        let picture: DynamicImage = RgbImage::from_pixel(4, 4, Rgb([200; 3])).into();
        for format in FORMATS {
            // JPEG is lossy; GIF has a palette.
            let decoded = read(
                &encoded(&picture, format),
                [3, 4, 4],
                &Conversion::default(),
            );
            assert_eq!((decoded.count, decoded.values.len()), (1, 48), "{format:?}");
            let expected = 200.0 / 127.5 - 1.0;
            assert!(
                decoded
                    .values
                    .iter()
                    .all(|value| (value - expected).abs() < 0.03),
                "{format:?}: {:?}",
                decoded.values
            );
            assert!(is_picture(&encoded(&picture, format)));
        }
    }

    #[test]
    fn sixteen_bits_are_kept() {
        let value = 0x1234_u16;
        let picture = ImageBuffer::from_pixel(1, 1, Luma([value]));
        let bytes = encoded(&DynamicImage::ImageLuma16(picture), ImageFormat::Png);
        let decoded = read(&bytes, [1, 1, 1], &Conversion::default());
        assert_eq!(decoded.values, [f32::from(value) / 32_767.5 - 1.0]);
    }

    #[test]
    fn transparency_is_drawn_over_the_background_and_said() {
        let picture = RgbaImage::from_pixel(1, 1, image::Rgba([0, 0, 0, 51])).into();
        let bytes = encoded(&picture, ImageFormat::Png);
        for (background, grey) in [([255; 3], 204), ([0; 3], 0)] {
            let conversion = Conversion {
                background,
                ..Conversion::default()
            };
            let decoded = read(&bytes, [1, 1, 1], &conversion);
            assert_eq!(decoded.values, [f32::from(grey as u8) / 127.5 - 1.0]);
            assert!(decoded.notes[0].contains(&color_name(background)));
        }
        let opaque = RgbaImage::from_pixel(1, 1, image::Rgba([9, 9, 9, 255])).into();
        let bytes = encoded(&opaque, ImageFormat::Png);
        let decoded = read(&bytes, [1, 1, 1], &Conversion::default());
        assert!(decoded.notes.is_empty(), "{:?}", decoded.notes);
    }

    /// Black, white, black: three squares beside each other.
    #[test]
    fn another_aspect_is_cropped_padded_or_stretched_and_said() {
        let wide = GrayImage::from_fn(6, 2, |x, _| Luma([if x / 2 == 1 { 255 } else { 0 }]));
        let bytes = encoded(&wide.into(), ImageFormat::Png);
        let of = |fit| {
            let background = [255; 3];
            let decoded = read(&bytes, [1, 2, 2], &Conversion { fit, background });
            assert_eq!(decoded.notes.len(), 1);
            decoded.values
        };
        assert_eq!(of(Fit::Crop), [1.0; 4], "the white middle");
        assert_eq!(of(Fit::Pad)[2..], [1.0; 2], "the background");
        assert!(of(Fit::Stretch).iter().all(|&value| value < 1.0));
        let square = read(&bytes, [1, 1, 3], &Conversion::default());
        assert!(square.notes.is_empty());
    }

    #[test]
    fn each_frame_of_an_animation_is_a_sample() {
        let mut bytes = Vec::new();
        let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
        for grey in [0, 255] {
            let frame = RgbaImage::from_pixel(2, 2, image::Rgba([grey, grey, grey, 255]));
            encoder
                .encode_frame(image::Frame::new(frame))
                .expect("encoded");
        }
        drop(encoder);
        let decoded = read(&bytes, [1, 2, 2], &Conversion::default());
        assert_eq!(decoded.count, 2);
        assert_eq!(decoded.values, [[-1.0; 4], [1.0; 4]].concat());
    }
}
