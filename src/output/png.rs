//! PNG files that say how they were made.

use std::borrow::Cow;
use std::io::{self, Write};

use png::{BitDepth, ColorType, Compression, Encoder, SrgbRenderingIntent};

use super::animation::delay;
use super::picture::{Pixels, Raster};

/// A keyword of 1 to 79 Latin-1 characters, and the text it names.
pub type TextChunk = (&'static str, String);

/// Writes `raster` with one text chunk for every entry of `text`: `tEXt` where the text is ASCII,
/// else `iTXt` (UTF-8).
///
/// # Errors
/// Those of `writer`, and an empty raster.
pub fn write(writer: &mut impl Write, raster: &Raster, text: &[TextChunk]) -> io::Result<()> {
    let mut writer = encoder(writer, raster, text)?.write_header()?;
    writer.write_image_data(raster.bytes())?;
    Ok(writer.finish()?)
}

/// Writes an animated PNG that loops for ever, in which every frame is shown as in a
/// [`gif`](super::gif) and the last is held. Where animation is not understood the last frame is
/// seen, for it is also the still picture.
///
/// # Errors
/// Those of `writer`, and rasters that differ in size or kind.
///
/// # Panics
/// If there are no frames.
pub fn write_animation(
    writer: &mut impl Write,
    frames: &[Raster],
    text: &[TextChunk],
) -> io::Result<()> {
    let last = frames.last().expect("an animation has frames");
    if let Some(odd) = frames.iter().find(|frame| !frame.is_like(last)) {
        let (width, height) = (odd.width, odd.height);
        return Err(io::Error::other(format!(
            "a frame of {width} × {height} pixels is not like the last"
        )));
    }
    let mut encoder = encoder(writer, last, text)?;
    encoder.set_animated(frames.len() as u32, 0)?;
    encoder.set_sep_def_img(true)?;
    let mut writer = encoder.write_header()?;
    writer.write_image_data(last.bytes())?;
    for (index, frame) in frames.iter().enumerate() {
        writer.set_frame_delay(delay(index, frames.len()), 100)?;
        writer.write_image_data(frame.bytes())?;
    }
    Ok(writer.finish()?)
}

fn encoder<'a, W: Write>(
    writer: W,
    raster: &Raster,
    text: &[TextChunk],
) -> io::Result<Encoder<'a, W>> {
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
    Ok(encoder)
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

    #[test]
    fn an_animation_is_read_back() {
        let frame = |grey: u8| Raster {
            width: 4,
            height: 2,
            pixels: Pixels::Grey(vec![grey; 8]),
        };
        let frames = [frame(10), frame(20), frame(30)];
        let mut bytes = Vec::new();
        write_animation(&mut bytes, &frames, &[]).unwrap();
        let mut reader = png::Decoder::new(io::Cursor::new(&*bytes))
            .read_info()
            .unwrap();
        assert_eq!(reader.info().animation_control.unwrap().num_frames, 3);
        let mut seen = Vec::new();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        while reader.next_frame(&mut pixels).is_ok() {
            seen.push((
                pixels[0],
                reader.info().frame_control.map(|frame| frame.delay_num),
            ));
        }
        assert_eq!(
            seen,
            [(30, None), (10, Some(25)), (20, Some(25)), (30, Some(220))]
        );

        let wider = Raster {
            width: 5,
            ..frame(0)
        };
        assert!(write_animation(&mut bytes, &[wider, frame(0)], &[]).is_err());
    }
}
