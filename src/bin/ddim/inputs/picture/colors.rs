//! Transparency, grey and colour, at 8 and 16 bits a channel.

use image::{DynamicImage, GrayImage, ImageBuffer, Rgb, RgbImage};

fn is_deep(picture: &DynamicImage) -> bool {
    let color = picture.color();
    color.bytes_per_pixel() > color.channel_count()
}

/// The picture over `background`; none if nothing of it is transparent.
pub fn without_alpha(picture: &DynamicImage, background: [u8; 3]) -> Option<DynamicImage> {
    if !picture.color().has_alpha() {
        return None;
    }
    if is_deep(picture) {
        let picture = picture.to_rgba16();
        let transparent = picture.pixels().any(|pixel| pixel[3] < u16::MAX);
        let background = background.map(|value| u16::from(value) * 257);
        let mut opaque = ImageBuffer::new(picture.width(), picture.height());
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
    let mut opaque = RgbImage::new(picture.width(), picture.height());
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
pub fn luma([red, green, blue]: [u64; 3]) -> u64 {
    (red * 19_595 + green * 38_470 + blue * 7_471 + 0x8000) >> 16
}

pub fn to_grey(picture: DynamicImage) -> DynamicImage {
    match picture {
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageLuma16(_) => picture,
        DynamicImage::ImageLumaA8(_) => picture.to_luma8().into(),
        DynamicImage::ImageLumaA16(_) => picture.to_luma16().into(),
        picture if is_deep(&picture) => {
            let rgb = picture.to_rgb16();
            let grey = rgb
                .pixels()
                .map(|pixel| luma(pixel.0.map(u64::from)) as u16);
            ImageBuffer::from_raw(rgb.width(), rgb.height(), grey.collect())
                .map(DynamicImage::ImageLuma16)
                .expect("a value for every pixel")
        }
        picture => {
            let rgb = picture.to_rgb8();
            let grey = rgb.pixels().map(|pixel| luma(pixel.0.map(u64::from)) as u8);
            GrayImage::from_raw(rgb.width(), rgb.height(), grey.collect())
                .map(DynamicImage::ImageLuma8)
                .expect("a value for every pixel")
        }
    }
}

pub fn to_rgb(picture: DynamicImage) -> DynamicImage {
    if is_deep(&picture) {
        picture.to_rgb16().into()
    } else {
        picture.to_rgb8().into()
    }
}
