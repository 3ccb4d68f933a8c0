//! From values to the bytes of a chunk's file and back.

use crc32c::{crc32c, crc32c_append};

use super::layout::{Layout, Stored};
use crate::output::byte::to_byte;

/// Bytes of the checksum at the end of a chunk.
pub const CHECKSUM: usize = 4;

/// The level of zstd: its own default. Samples gain little from higher ones.
pub const LEVEL: i32 = 3;

/// The bytes of a chunk's file: its samples, filled up to a whole chunk, and their checksum.
pub fn encode(layout: &Layout, values: &[f32]) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(layout.chunk_bytes() + CHECKSUM);
    match layout.stored {
        Stored::F32 => {
            if cfg!(target_endian = "little") {
                bytes.extend_from_slice(bytemuck::cast_slice(values));
            } else {
                bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
            }
            let missing = (layout.chunk_bytes() - bytes.len()) / 4;
            bytes.extend(std::iter::repeat_n(f32::NAN.to_le_bytes(), missing).flatten());
        }
        Stored::U8 => {
            bytes.extend(values.iter().map(|&value| to_byte(value)));
            bytes.resize(layout.chunk_bytes(), 0);
        }
    }
    if layout.compressed {
        bytes = zstd::bulk::compress(&bytes, LEVEL)?;
    }
    let checksum = crc32c(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    Ok(bytes)
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

    #[test]
    fn every_flipped_bit_and_every_length_is_found() {
        for compressed in [false, true] {
            let layout = Layout::new(5, &[3]).chunk_samples(2).compressed(compressed);
            let sample = [0.5, -1.0, f32::MIN_POSITIVE];
            let file = encode(&layout, &sample).expect("encoded");
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
        let file = encode(&layout, &[-1.0, 1.0, 0.0, f32::NAN]).expect("encoded");
        let bytes = decode(&layout, 0, file).expect("whole");
        assert_eq!(bytes, [0, 255, 128, 0]);
        assert_eq!(values(Stored::U8, &bytes)[..2], [-1.0, 1.0]);
    }
}
