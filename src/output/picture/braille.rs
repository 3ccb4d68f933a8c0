//! Pictures for a terminal, made of Braille characters: plain text, 2 × 4 dots a character,
//! wherever Unicode is shown.

use std::fmt;

use super::raster::{Pixels, Raster};
use super::scatter::View;

/// The dots of a character: bit by column, then row.
const BITS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// The character without dots; the others follow in the order of [`BITS`].
const BLANK: u32 = 0x2800;

/// Thresholds of ordered dithering (Bayer), in 16ths.
const DITHER: [[u32; 4]; 4] = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]];

/// A field of dots, counted from the top left; [`Display`](fmt::Display) gives its lines, each
/// ended by a line break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Braille {
    columns: usize,
    cells: Vec<u8>,
}

impl Braille {
    /// A blank field of `columns × rows` characters.
    ///
    /// # Panics
    /// If there are no columns.
    pub fn new(columns: usize, rows: usize) -> Self {
        assert!(columns > 0, "a field without columns");
        Self {
            columns,
            cells: vec![0; columns * rows],
        }
    }

    /// Width and height in dots.
    pub fn size(&self) -> (usize, usize) {
        (2 * self.columns, 4 * (self.cells.len() / self.columns))
    }

    /// Sets a dot; nothing happens outside the field.
    pub fn set(&mut self, x: usize, y: usize) {
        let (width, height) = self.size();
        if x < width && y < height {
            self.cells[y / 4 * self.columns + x / 2] |= BITS[x % 2][y % 4];
        }
    }

    /// `[count, 2]` points of the plane in a square field.
    pub fn points(points: &[f32], view: View, columns: usize) -> Self {
        let mut field = Self::new(columns, columns.div_ceil(2));
        let side = field.size().0 as f32;
        let dots_per_unit = side / (2.0 * view.half_side);
        for [x, y] in points.as_chunks::<2>().0 {
            let x = (x - view.center[0] + view.half_side) * dots_per_unit;
            let y = (view.center[1] + view.half_side - y) * dots_per_unit;
            if (0.0..side).contains(&x) && (0.0..side).contains(&y) {
                field.set(x as usize, y as usize);
            }
        }
        field
    }

    /// A picture, brightness shown as density of dots, at most `columns` wide and not enlarged.
    pub fn raster(raster: &Raster, columns: usize) -> Self {
        let (width, height) = (raster.width as usize, raster.height as usize);
        let step = (width as f64 / (2 * columns) as f64).max(1.0);
        let dots = |length: usize| (length as f64 / step).floor().max(1.0) as usize;
        let mut field = Self::new(dots(width).div_ceil(2), dots(height).div_ceil(4));
        let bytes_per_pixel = raster.bytes().len() / (width * height);
        for y in 0..dots(height) {
            for x in 0..dots(width) {
                let at =
                    |dot: usize| (dot as f64 * step) as usize..((dot + 1) as f64 * step) as usize;
                let pixels = at(y).flat_map(|row| at(x).map(move |column| row * width + column));
                let (sum, count) = pixels.fold((0_u32, 0_u32), |(sum, count), pixel| {
                    let bytes = &raster.bytes()[pixel * bytes_per_pixel..][..bytes_per_pixel];
                    (sum + brightness(&raster.pixels, bytes), count + 1)
                });
                // The thresholds' mean is a half, so that even brightness keeps its mean.
                if sum * 32 > count.max(1) * 255 * (2 * DITHER[y % 4][x % 4] + 1) {
                    field.set(x, y);
                }
            }
        }
        field
    }
}

/// 0 to 255, the green of a colour, which carries most of what the eye takes for brightness.
fn brightness(pixels: &Pixels, bytes: &[u8]) -> u32 {
    match pixels {
        Pixels::Grey(_) | Pixels::Indexed { .. } => bytes[0].into(),
        Pixels::Rgb(_) => bytes[1].into(),
    }
}

impl fmt::Display for Braille {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in self.cells.chunks(self.columns) {
            let line: String = row
                .iter()
                .filter_map(|&cell| char::from_u32(BLANK + u32::from(cell)))
                .collect();
            // Blanks at the end of a line would make a narrow terminal wrap.
            writeln!(f, "{}", line.trim_end_matches('\u{2800}'))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_have_their_places() {
        let mut field = Braille::new(2, 1);
        assert_eq!(field.size(), (4, 4));
        for (x, y) in [(0, 0), (1, 3), (3, 1), (9, 9)] {
            field.set(x, y);
        }
        assert_eq!(field.to_string(), "⢁⠐\n");
    }

    #[test]
    fn points_go_up_and_right() {
        let field = Braille::points(
            &[1.0, 1.0, -1.0, -1.0, 9.0, 0.0, f32::NAN, 0.0],
            View::UNIT,
            4,
        );
        let text = field.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(
            lines[0]
                .chars()
                .rev()
                .collect::<String>()
                .trim_end_matches('\u{2800}')
                .chars()
                .count(),
            1
        );
        assert_eq!(lines[1].chars().count(), 1);
    }

    #[test]
    fn brightness_is_the_share_of_dots() {
        for (grey, expected) in [(0, 0), (64, 64), (128, 128), (255, 256)] {
            let raster = Raster {
                width: 32,
                height: 32,
                pixels: Pixels::Grey(vec![grey; 1024]),
            };
            let field = Braille::raster(&raster, 8);
            assert_eq!(field.size(), (16, 16));
            let dots: u32 = field.cells.iter().map(|cell| cell.count_ones()).sum();
            assert_eq!(dots, expected, "grey {grey}");
        }
    }
}
