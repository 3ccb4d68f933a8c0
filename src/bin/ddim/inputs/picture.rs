//! A picture as samples. Files come from strangers, so their size is limited before memory is
//! allocated.
//!
//! What is not as the model needs it is brought there as other tools do, and said: the orientation
//! of EXIF is honoured, transparency is drawn over a background, colours become grey by the weights
//! of ITU-R BT.601 (as in Pillow, OpenCV and diffusers), and another aspect is cropped or padded.
//! Sixteen bits a channel are kept.

use std::io::{BufRead, Seek};

use image::codecs::gif::GifDecoder;
use image::imageops::FilterType;
use image::{
    AnimationDecoder, DynamicImage, GenericImage, ImageDecoder, ImageError, ImageFormat,
    ImageReader, Limits, Pixel, Rgb, RgbaImage,
};

/// Largest width and height read.
pub const MAX_SIDE: u32 = 1 << 14;
/// Most memory the decoder may take, in bytes: a picture of 16 million points.
const MAX_BYTES: u64 = 64 << 20;
/// Most frames of an animation.
pub const MAX_FRAMES: usize = 1 << 14;

/// What is done with a picture of another aspect than the samples have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fit {
    /// Its middle is taken.
    #[default]
    Crop,
    /// The background is added on two sides.
    Pad,
    /// It is squashed.
    Stretch,
}

/// How pictures are brought to samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conversion {
    pub fit: Fit,
    /// Red, green and blue of what is behind transparency and beside a padded picture.
    pub background: [u8; 3],
}

impl Default for Conversion {
    /// Cropped, over white, as pages show pictures.
    fn default() -> Self {
        Self {
            fit: Fit::default(),
            background: [255; 3],
        }
    }
}

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

fn is_deep(picture: &DynamicImage) -> bool {
    let color = picture.color();
    color.bytes_per_pixel() > color.channel_count()
}

/// The picture over `background`; none if nothing of it is transparent.
fn without_alpha(picture: &DynamicImage, background: [u8; 3]) -> Option<DynamicImage> {
    if !picture.color().has_alpha() {
        return None;
    }
    if is_deep(picture) {
        let picture = picture.to_rgba16();
        let transparent = picture.pixels().any(|pixel| pixel[3] < u16::MAX);
        let background = background.map(|value| u16::from(value) * 257);
        let mut opaque = image::ImageBuffer::new(picture.width(), picture.height());
        for (pixel, over) in picture.pixels().zip(opaque.pixels_mut()) {
            let [red, green, blue, alpha] = pixel.0.map(u64::from);
            let of = |value: u64, behind: u16| {
                ((value * alpha + u64::from(behind) * (65_535 - alpha) + 32_767) / 65_535) as u16
            };
            let [behind_red, behind_green, behind_blue] = background;
            *over = Rgb([
                of(red, behind_red),
                of(green, behind_green),
                of(blue, behind_blue),
            ]);
        }
        return transparent.then_some(DynamicImage::ImageRgb16(opaque));
    }
    let picture = picture.to_rgba8();
    let transparent = picture.pixels().any(|pixel| pixel[3] < u8::MAX);
    let mut opaque = image::RgbImage::new(picture.width(), picture.height());
    for (pixel, over) in picture.pixels().zip(opaque.pixels_mut()) {
        let [red, green, blue, alpha] = pixel.0.map(u32::from);
        let of = |value: u32, behind: u8| {
            ((value * alpha + u32::from(behind) * (255 - alpha) + 127) / 255) as u8
        };
        let [behind_red, behind_green, behind_blue] = background;
        *over = Rgb([
            of(red, behind_red),
            of(green, behind_green),
            of(blue, behind_blue),
        ]);
    }
    transparent.then_some(DynamicImage::ImageRgb8(opaque))
}

/// Luma of ITU-R BT.601 in Pillow's integers: 0.299, 0.587 and 0.114 of 2¹⁶, rounded to nearest.
fn luma([red, green, blue]: [u64; 3]) -> u64 {
    (red * 19_595 + green * 38_470 + blue * 7_471 + 0x8000) >> 16
}

fn to_grey(picture: DynamicImage) -> DynamicImage {
    match picture {
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageLuma16(_) => picture,
        DynamicImage::ImageLumaA8(_) => picture.to_luma8().into(),
        DynamicImage::ImageLumaA16(_) => picture.to_luma16().into(),
        picture if is_deep(&picture) => {
            let rgb = picture.to_rgb16();
            let grey = rgb
                .pixels()
                .map(|pixel| luma(pixel.0.map(u64::from)) as u16);
            image::ImageBuffer::from_raw(rgb.width(), rgb.height(), grey.collect())
                .map(DynamicImage::ImageLuma16)
                .expect("a value for every pixel")
        }
        picture => {
            let rgb = picture.to_rgb8();
            let grey = rgb.pixels().map(|pixel| luma(pixel.0.map(u64::from)) as u8);
            image::GrayImage::from_raw(rgb.width(), rgb.height(), grey.collect())
                .map(DynamicImage::ImageLuma8)
                .expect("a value for every pixel")
        }
    }
}

fn to_rgb(picture: DynamicImage) -> DynamicImage {
    if is_deep(&picture) {
        picture.to_rgb16().into()
    } else {
        picture.to_rgb8().into()
    }
}

/// The picture in another size, and what was done to its aspect.
fn fit(
    picture: DynamicImage,
    [width, height]: [u32; 2],
    conversion: &Conversion,
) -> (DynamicImage, Option<String>) {
    let (own_width, own_height) = (picture.width(), picture.height());
    let across = u64::from(own_width) * u64::from(height);
    let down = u64::from(own_height) * u64::from(width);
    let resize = |picture: DynamicImage, width, height| {
        picture.resize_exact(width, height, FilterType::Lanczos3)
    };
    if across == down {
        return (resize(picture, width, height), None);
    }
    let said = |what: &str| Some(format!("{own_width} × {own_height} pixels, {what} (--fit)"));
    // A side of the other picture at this one's scale.
    let scaled = |side: u32, numerator: u32, denominator: u32| {
        let product = u64::from(side) * u64::from(numerator);
        let rounded = (product + u64::from(denominator) / 2) / u64::from(denominator);
        (rounded as u32).max(1)
    };
    match conversion.fit {
        Fit::Stretch => (resize(picture, width, height), said("stretched")),
        Fit::Crop => {
            let (kept_width, kept_height) = if across > down {
                (scaled(own_height, width, height).min(own_width), own_height)
            } else {
                (own_width, scaled(own_width, height, width).min(own_height))
            };
            let left = (own_width - kept_width) / 2;
            let top = (own_height - kept_height) / 2;
            let middle = picture.crop_imm(left, top, kept_width, kept_height);
            let note = format!("cropped to the middle {kept_width} × {kept_height}");
            (resize(middle, width, height), said(&note))
        }
        Fit::Pad => {
            let (inner_width, inner_height) = if across > down {
                (width, scaled(width, own_height, own_width).min(height))
            } else {
                (scaled(height, own_width, own_height).min(width), height)
            };
            let inner = resize(picture, inner_width, inner_height);
            let left = (width - inner_width) / 2;
            let top = (height - inner_height) / 2;
            let padded = pad(&inner, [width, height], [left, top], conversion.background);
            (padded, said("padded"))
        }
    }
}

/// `inner` at a place in a picture of the background, of the same kind.
fn pad(
    inner: &DynamicImage,
    [width, height]: [u32; 2],
    [left, top]: [u32; 2],
    background: [u8; 3],
) -> DynamicImage {
    fn over<P: Pixel>(
        inner: &image::ImageBuffer<P, Vec<P::Subpixel>>,
        [width, height]: [u32; 2],
        [left, top]: [u32; 2],
        background: P,
    ) -> image::ImageBuffer<P, Vec<P::Subpixel>> {
        let mut whole = image::ImageBuffer::from_pixel(width, height, background);
        whole
            .copy_from(inner, left, top)
            .expect("the inner picture fits into the outer");
        whole
    }
    let (size, place) = ([width, height], [left, top]);
    let grey = luma(background.map(u64::from));
    let deep = background.map(|value| u16::from(value) * 257);
    match inner {
        DynamicImage::ImageLuma16(inner) => {
            over(inner, size, place, image::Luma([grey as u16 * 257])).into()
        }
        DynamicImage::ImageRgb16(inner) => over(inner, size, place, Rgb(deep)).into(),
        DynamicImage::ImageLuma8(inner) => {
            over(inner, size, place, image::Luma([grey as u8])).into()
        }
        inner => over(&inner.to_rgb8(), size, place, Rgb(background)).into(),
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
            let picture = image::RgbImage::from_pixel(2, 2, Rgb(color)).into();
            let bytes = encoded(&picture, ImageFormat::Png);
            let decoded = read(&bytes, [1, 2, 2], &Conversion::default());
            assert_eq!(decoded.values, [f32::from(grey as u8) / 127.5 - 1.0; 4]);
        }
    }

    #[test]
    fn every_format_is_read() {
        let picture: DynamicImage = image::RgbImage::from_pixel(4, 4, Rgb([200; 3])).into();
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
        let picture = image::ImageBuffer::from_pixel(1, 1, image::Luma([value]));
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
        let wide =
            image::GrayImage::from_fn(6, 2, |x, _| image::Luma([if x / 2 == 1 { 255 } else { 0 }]));
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
