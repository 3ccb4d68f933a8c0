//! Pictures in another size and aspect.

use image::imageops::FilterType;
use image::{DynamicImage, GenericImage, ImageBuffer, Luma, Pixel, Rgb};

use super::colors::luma;

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

/// The picture in another size, and what was done to its aspect.
pub fn fit(
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
        inner: &ImageBuffer<P, Vec<P::Subpixel>>,
        [width, height]: [u32; 2],
        [left, top]: [u32; 2],
        background: P,
    ) -> ImageBuffer<P, Vec<P::Subpixel>> {
        let mut whole = ImageBuffer::from_pixel(width, height, background);
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
            over(inner, size, place, Luma([grey as u16 * 257])).into()
        }
        DynamicImage::ImageRgb16(inner) => over(inner, size, place, Rgb(deep)).into(),
        DynamicImage::ImageLuma8(inner) => over(inner, size, place, Luma([grey as u8])).into(),
        inner => over(&inner.to_rgb8(), size, place, Rgb(background)).into(),
    }
}
