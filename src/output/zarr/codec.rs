//! From values to the bytes of a chunk's file and back.

use std::fmt;
use std::io::{self, Write};

use crc32c::crc32c_append;

use super::layout::{Layout, Stored};
use crate::output::byte::to_byte;

/// Bytes of the checksum at the end of a chunk.
pub const CHECKSUM: usize = 4;

/// The level of zstd: its own default. Samples gain little from higher ones.
pub const LEVEL: i32 = 3;

/// Values whose bytes are made at a time, where they are not in memory already.
const BLOCK: usize = 1 << 14;

/// Writes a chunk's file as its values come, so that none of it need be in memory: the samples,
/// filled up to a whole chunk, and the checksum of what is stored.
#[derive(Debug)]
pub struct Encoder<W: Write> {
    stored: Stored,
    output: Compression<W>,
    /// Values until the chunk is whole.
    missing: usize,
}

impl<W: Write> Encoder<W> {
    /// Into a file that is empty.
    pub fn new(layout: &Layout, file: W) -> io::Result<Self> {
        let file = Summed { file, checksum: 0 };
        let output = if layout.compressed {
            let mut frame = zstd::Encoder::new(file, LEVEL)?;
            // Readers take the length of a chunk from its frame.
            frame.set_pledged_src_size(Some(layout.chunk_bytes() as u64))?;
            Compression::Zstd(frame)
        } else {
            Compression::None(file)
        };
        Ok(Self {
            stored: layout.stored,
            output,
            missing: layout.chunk_samples * layout.dims(),
        })
    }

    /// The next values of the chunk, no more than are missing.
    pub fn push(&mut self, values: &[f32]) -> io::Result<()> {
        self.missing -= values.len();
        let output: &mut dyn Write = match &mut self.output {
            Compression::None(file) => file,
            Compression::Zstd(frame) => frame,
        };
        if self.stored == Stored::F32 && cfg!(target_endian = "little") {
            return output.write_all(bytemuck::cast_slice(values));
        }
        let mut bytes = Vec::with_capacity(BLOCK * self.stored.bytes());
        for block in values.chunks(BLOCK) {
            bytes.clear();
            match self.stored {
                Stored::F32 => bytes.extend(block.iter().flat_map(|value| value.to_le_bytes())),
                Stored::U8 => bytes.extend(block.iter().map(|&value| to_byte(value))),
            }
            output.write_all(&bytes)?;
        }
        Ok(())
    }

    /// Fills the chunk up, writes its checksum and gives the file back.
    pub fn finish(mut self) -> io::Result<W> {
        // NaN is the fill value of f32, and 0 that of bytes.
        let fill = [f32::NAN; BLOCK];
        while self.missing > 0 {
            self.push(&fill[..self.missing.min(BLOCK)])?;
        }
        let mut summed = match self.output {
            Compression::None(file) => file,
            Compression::Zstd(frame) => frame.finish()?,
        };
        summed.file.write_all(&summed.checksum.to_le_bytes())?;
        Ok(summed.file)
    }
}

enum Compression<W: Write> {
    None(Summed<W>),
    Zstd(zstd::Encoder<'static, Summed<W>>),
}

impl<W: Write> fmt::Debug for Compression<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None(_) => "None",
            Self::Zstd(_) => "Zstd",
        })
    }
}

/// A file with the checksum of the bytes that have been written to it.
struct Summed<W> {
    file: W,
    checksum: u32,
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.checksum = crc32c_append(self.checksum, &bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The stored bytes of a chunk's samples, without what it was filled up with; or what is wrong with
/// the file.
pub fn decode(layout: &Layout, chunk: usize, mut file: Vec<u8>) -> Result<Vec<u8>, String> {
    let expected = layout.chunk_bytes();
    let right_length = layout.compressed || file.len() == expected + CHECKSUM;
    if !right_length || file.len() < CHECKSUM {
        return Err(format!("{} bytes, not {}", file.len(), expected + CHECKSUM));
    }
    let checksum = file.split_off(file.len() - CHECKSUM);
    if crc32c_append(0, &file).to_le_bytes() != *checksum {
        return Err("its checksum is not that of its bytes".to_owned());
    }
    if layout.compressed {
        file = zstd::bulk::decompress(&file, expected).map_err(|error| error.to_string())?;
        if file.len() != expected {
            return Err(format!("{} bytes, not {expected}", file.len()));
        }
    }
    file.truncate(layout.samples_of(chunk).len() * layout.dims() * layout.stored.bytes());
    Ok(file)
}

/// Values of stored bytes: those of pictures go from 0 … 255 back to [−1, 1].
pub fn values(stored: Stored, bytes: &[u8]) -> Vec<f32> {
    match stored {
        Stored::F32 => bytes
            .as_chunks()
            .0
            .iter()
            .map(|&value| f32::from_le_bytes(value))
            .collect(),
        Stored::U8 => bytes
            .iter()
            .map(|&byte| f32::from(byte) / 127.5 - 1.0)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(layout: &Layout, parts: &[&[f32]]) -> Vec<u8> {
        let mut encoder = Encoder::new(layout, Vec::new()).expect("an encoder");
        for part in parts {
            encoder.push(part).expect("encoded");
        }
        encoder.finish().expect("a whole chunk")
    }

    #[test]
    fn a_chunk_is_filled_up() {
        // More than a block is missing.
        let (samples, dims) = (3, BLOCK);
        let layout = Layout::new(samples + 1, &[dims]).chunk_samples(samples);
        let file = encode(&layout, &[&vec![1.0; dims]]);
        let filled = &file[4 * dims..file.len() - CHECKSUM];
        let nan = f32::NAN.to_le_bytes();
        assert_eq!(filled.len(), 8 * dims);
        assert!(filled.as_chunks().0.iter().all(|value| *value == nan));
        let bytes = encode(&layout.stored(Stored::U8), &[&vec![1.0; dims]]);
        assert_eq!(bytes.len(), samples * dims + CHECKSUM);
        assert!(bytes[dims..samples * dims].iter().all(|&byte| byte == 0));
    }

    #[test]
    fn every_flipped_bit_and_every_length_is_found() {
        for compressed in [false, true] {
            let layout = Layout::new(5, &[3]).chunk_samples(2).compressed(compressed);
            let sample = [0.5, -1.0, f32::MIN_POSITIVE];
            let file = encode(&layout, &[&sample]);
            assert_eq!(file, encode(&layout, &[&sample[..1], &[], &sample[1..]]));
            let bytes = decode(&layout, 2, file.clone()).expect("whole");
            assert_eq!(values(Stored::F32, &bytes), sample);
            for bit in 0..8 * file.len() {
                let mut file = file.clone();
                file[bit / 8] ^= 1 << (bit % 8);
                assert!(decode(&layout, 2, file).is_err(), "bit {bit}");
            }
            for length in 0..file.len() {
                assert!(decode(&layout, 2, file[..length].to_vec()).is_err());
            }
        }
    }

    #[test]
    fn bytes_of_pictures_keep_their_levels() {
        let layout = Layout::new(1, &[4]).stored(Stored::U8);
        let file = encode(&layout, &[&[-1.0, 1.0, 0.0, f32::NAN]]);
        let bytes = decode(&layout, 0, file).expect("whole");
        assert_eq!(bytes, [0, 255, 128, 0]);
        assert_eq!(values(Stored::U8, &bytes)[..2], [-1.0, 1.0]);
    }
}
