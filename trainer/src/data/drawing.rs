//! A drawing as points: as many of them where there is more ink.

use std::path::Path;

use super::error::DataError;
use super::raw::{Cells, Column, Content};
use crate::stream::{Purpose, Stream};

/// Points of a drawing, where it is not said how many.
pub const POINTS: usize = 20_000;

/// `points` random points of the picture's ink, which is what is dark on a light or a transparent
/// ground: `x` to the right and `y` upwards, the longer side from −1 to 1.
pub fn read(path: &Path, bytes: &[u8], points: usize, seed: u64) -> Result<Content, DataError> {
    let picture = image::load_from_memory(bytes).map_err(|error| DataError::Picture {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    let picture = picture.to_luma_alpha8();
    let (width, height) = picture.dimensions();
    let mut total = 0_u64;
    let ink = picture.pixels().map(|pixel| {
        let [light, alpha] = pixel.0;
        total += u64::from(255 - light) * u64::from(alpha);
        total
    });
    // Up to and with each pixel.
    let ink: Vec<u64> = ink.collect();
    if total == 0 {
        return Err(DataError::NoInk {
            path: path.to_owned(),
        });
    }
    let half = f64::from(width.max(height)) / 2.0;
    let mut random = Stream::new(seed, Purpose::Drawing, 0);
    let (mut xs, mut ys) = (Vec::with_capacity(points), Vec::with_capacity(points));
    for _ in 0..points {
        // 53 bits: a picture of ten thousand pixels a side has 2^43 of ink.
        let place = (u64::from(random.word()) << 21) | u64::from(random.word() >> 11);
        let place = (u128::from(place) * u128::from(total)) >> 53;
        let pixel = ink.partition_point(|&before| u128::from(before) <= place) as u32;
        let column = f64::from(pixel % width) + f64::from(random.uniform());
        let row = f64::from(pixel / width) + f64::from(random.uniform());
        xs.push((column - f64::from(width) / 2.0) / half);
        ys.push((f64::from(height) / 2.0 - row) / half);
    }
    let column = |name: &str, values| Column {
        name: name.to_owned(),
        cells: Cells::Numbers {
            values,
            decimals: None,
        },
    };
    Ok(Content::Table(vec![column("x", xs), column("y", ys)]))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, LumaA};

    use super::*;

    /// A picture, 4 × 2, of its pixels' lightness and opacity.
    fn png(pixels: [[u8; 2]; 8]) -> Vec<u8> {
        let picture =
            image::GrayAlphaImage::from_fn(4, 2, |x, y| LumaA(pixels[(y * 4 + x) as usize]));
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn points_lie_where_the_ink_is() {
        const NONE: [u8; 2] = [255, 255];
        let clear = [0, 0];
        let bytes = png([[0, 255], NONE, clear, NONE, NONE, clear, NONE, [127, 255]]);
        let Content::Table(columns) = read(Path::new("a.png"), &bytes, 3000, 1).unwrap() else {
            panic!("no table");
        };
        let values = |index: usize| match &columns[index].cells {
            Cells::Numbers { values, .. } => values.clone(),
            Cells::Texts(_) => panic!("texts"),
        };
        let points: Vec<(f64, f64)> = values(0).into_iter().zip(values(1)).collect();
        let upper_left =
            |&&(x, y): &&(f64, f64)| (-1.0..=-0.5).contains(&x) && (0.0..=0.5).contains(&y);
        let lower_right =
            |&&(x, y): &&(f64, f64)| (0.5..=1.0).contains(&x) && (-0.5..=0.0).contains(&y);
        let dark = points.iter().filter(upper_left).count();
        let grey = points.iter().filter(lower_right).count();
        assert_eq!(dark + grey, 3000);
        // 255 to 128; a standard deviation is 26.
        assert!(dark.abs_diff(1997) < 130, "{dark}");
        assert!(read(Path::new("b.png"), &png([NONE; 8]), 10, 1).is_err());
        assert!(read(Path::new("c.png"), b"no picture", 10, 1).is_err());
    }
}
