//! PNG files that say how they were made.

use std::borrow::Cow;
use std::io::{self, Write};

use png::{BitDepth, ColorType, Compression, Encoder, SrgbRenderingIntent};

use super::raster::{Pixels, Raster};

/// A keyword of 1 to 79 Latin-1 characters, and the text it names.
pub type TextChunk = (&'static str, String);

/// Writes `raster` with one text chunk for every entry of `text`: `tEXt` where the text is ASCII, else `iTXt` (UTF-8).
///
/// # Errors
/// Those of `writer`, and an empty raster.
pub fn write(writer: &mut impl Write, raster: &Raster, text: &[TextChunk]) -> io::Result<()> {
    let mut encoder = Encoder::new(writer, raster.width, raster.height);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Balanced);
    encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    match &raster.pixels {
        Pixels::Grey(_) => encoder.set_color(ColorType::Grayscale),
        Pixels::Rgb(_) => encoder.set_color(ColorType::Rgb),
        Pixels::Indexed { palette, .. } => {
            encoder.set_color(ColorType::Indexed);
            encoder.set_palette(Cow::Borrowed(palette.as_flattened()));
        }
    }
    for (keyword, text) in text {
        let (keyword, text) = (keyword.to_string(), text.clone());
        if text.is_ascii() {
            encoder.add_text_chunk(keyword, text)?;
        } else {
            encoder.add_itxt_chunk(keyword, text)?;
        }
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(raster.bytes())?;
    Ok(writer.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::scatter::{self, View};

    fn decode(bytes: &[u8]) -> (png::Reader<io::Cursor<&[u8]>>, Vec<u8>) {
        let mut reader = png::Decoder::new(io::Cursor::new(bytes))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        reader.finish().unwrap();
        (reader, pixels)
    }

    #[test]
    fn pixels_and_text_come_back() {
        for pixels in [
            Pixels::Grey((0..6).collect()),
            Pixels::Rgb((0..18).collect()),
        ] {
            let (width, height) = (3, 2);
            let raster = Raster {
                width,
                height,
                pixels,
            };
            let text = [
                ("Software", "ddim".to_owned()),
                ("Comment", "η = 0".to_owned()),
            ];
            let mut bytes = Vec::new();
            write(&mut bytes, &raster, &text).unwrap();
            let (reader, pixels) = decode(&bytes);
            assert_eq!(pixels, raster.bytes());
            let info = reader.info();
            assert_eq!(info.uncompressed_latin1_text[0].text, "ddim");
            assert_eq!(info.utf8_text[0].get_text().unwrap(), "η = 0");
        }
    }

    #[test]
    fn a_scatter_is_a_palette_picture() {
        let raster = scatter::draw(&[0.0, 0.0], View::UNIT).unwrap();
        let mut bytes = Vec::new();
        write(&mut bytes, &raster, &[]).unwrap();
        let (reader, pixels) = decode(&bytes);
        assert_eq!(reader.info().palette.as_ref().unwrap().len(), 768);
        assert_eq!(pixels, raster.bytes());
    }
}
