//! GIF animations: the way from noise to data, one frame a step.

use std::io::{self, Write};

use gif::{AnyExtension, Encoder, EncodingError, Frame, Repeat};

use super::animation::delay;
use super::picture::{Pixels, Raster};

/// GIF's code for a comment.
const COMMENT: u8 = 0xFE;

/// A GIF being written, frame by frame; it loops for ever.
pub struct Animation<W: Write> {
    encoder: Encoder<W>,
    frames: usize,
    written: usize,
}

impl<W: Write> Animation<W> {
    /// Starts an animation of `frames` frames, all of the size and kind of `like`.
    ///
    /// # Errors
    /// Those of `writer`, and a side above GIF's 65,535 pixels.
    pub fn new(writer: W, like: &Raster, frames: usize, comment: &str) -> io::Result<Self> {
        let greys: Vec<u8>;
        let palette = match &like.pixels {
            Pixels::Grey(_) => {
                greys = (0..=255).flat_map(|grey| [grey; 3]).collect();
                &greys
            }
            Pixels::Indexed { palette, .. } => palette.as_flattened(),
            // Colour pictures bring a palette with each frame.
            Pixels::Rgb(_) => &[],
        };
        let (width, height) = size(like)?;
        let mut encoder = Encoder::new(writer, width, height, palette).map_err(to_io)?;
        encoder.set_repeat(Repeat::Infinite).map_err(to_io)?;
        if !comment.is_empty() {
            let blocks: Vec<&[u8]> = comment.as_bytes().chunks(255).collect();
            encoder
                .write_raw_extension(AnyExtension(COMMENT), &blocks)
                .map_err(to_io)?;
        }
        Ok(Self {
            encoder,
            frames,
            written: 0,
        })
    }

    /// Adds the next frame.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn push(&mut self, raster: &Raster) -> io::Result<()> {
        let (width, height) = size(raster)?;
        let mut frame = match &raster.pixels {
            Pixels::Grey(bytes) | Pixels::Indexed { indices: bytes, .. } => Frame {
                width,
                height,
                buffer: bytes.as_slice().into(),
                ..Frame::default()
            },
            // The quality of the palette search: 1 is slow and best, 30 fast and poor.
            Pixels::Rgb(bytes) => Frame::from_rgb_speed(width, height, bytes, 10),
        };
        frame.delay = delay(self.written, self.frames);
        self.written += 1;
        self.encoder.write_frame(&frame).map_err(to_io)
    }

    /// Ends the file and gives the writer back.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn finish(self) -> io::Result<W> {
        self.encoder.into_inner().map_err(to_io)
    }
}

fn size(raster: &Raster) -> io::Result<(u16, u16)> {
    let side = |length: u32| {
        u16::try_from(length).map_err(|_| io::Error::other("a GIF has at most 65535 pixels a side"))
    };
    Ok((side(raster.width)?, side(raster.height)?))
}

fn to_io(error: EncodingError) -> io::Error {
    match error {
        EncodingError::Io(error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_animation_is_read_back() {
        let frame = |grey: u8| Raster {
            width: 4,
            height: 2,
            pixels: Pixels::Grey(vec![grey; 8]),
        };
        let mut animation = Animation::new(Vec::new(), &frame(0), 3, "how it was made").unwrap();
        for grey in [10, 20, 30] {
            animation.push(&frame(grey)).unwrap();
        }
        let bytes = animation.finish().unwrap();
        let mut decoder = gif::DecodeOptions::new().read_info(&*bytes).unwrap();
        let mut delays = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            assert_eq!(frame.buffer[..], [10 * (delays.len() as u8 + 1); 8]);
            delays.push(frame.delay);
        }
        assert_eq!(delays, [25, 25, 220]);
        assert_eq!(decoder.repeat(), Repeat::Infinite);
        assert!(bytes.windows(15).any(|window| window == b"how it was made"));
    }
}
