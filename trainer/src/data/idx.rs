//! MNIST's own format, in which EMNIST, Fashion-MNIST and Kuzushiji-MNIST come too: big-endian
//! lengths, then bytes (Y. LeCun, "The MNIST database of handwritten digits"), often under gzip.

use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;

use super::error::DataError;
use super::raw::{Classes, Content};

/// Most bytes that a file may hold: a hundred times Fashion-MNIST.
const MAX_BYTES: u64 = 5 << 30;

/// Bytes `[N, …]`.
struct Array {
    shape: Vec<usize>,
    values: Vec<u8>,
}

/// Whether a file's name is that of such a file.
pub fn is(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.ends_with("-ubyte")
}

/// Pictures `[N, H, W]`, grey.
pub fn pictures(path: &Path, bytes: &[u8]) -> Result<Content, DataError> {
    let array = open(path, bytes)?;
    let [_, height, width] = *array.shape else {
        return Err(shape(path, array.shape, "[N, H, W]"));
    };
    let values = array.values.iter();
    Ok(Content::Pictures {
        shape: [1, height, width],
        values: values.map(|&byte| f32::from(byte) / 127.5 - 1.0).collect(),
    })
}

/// Classes `[N]`.
pub fn classes(path: &Path, bytes: &[u8]) -> Result<Classes, DataError> {
    let array = open(path, bytes)?;
    if array.shape.len() != 1 {
        return Err(shape(path, array.shape, "[N]"));
    }
    Ok(Classes::numbered(
        array.values.into_iter().map(u32::from).collect(),
    ))
}

fn shape(path: &Path, shape: Vec<usize>, expected: &'static str) -> DataError {
    DataError::Shape {
        path: path.to_owned(),
        shape,
        expected,
    }
}

fn open(path: &Path, bytes: &[u8]) -> Result<Array, DataError> {
    let wrong = |reason: String| DataError::Idx {
        path: path.to_owned(),
        reason,
    };
    let mut unpacked = Vec::new();
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut reader = GzDecoder::new(bytes).take(MAX_BYTES);
        let read = reader.read_to_end(&mut unpacked);
        read.map_err(|error| wrong(error.to_string()))?;
        unpacked.as_slice()
    } else {
        bytes
    };
    // Two zeros, the type (8: bytes), and how many axes there are.
    let Some(([0, 0, 8, axes @ 1..=3], rest)) = bytes.split_first_chunk() else {
        return Err(wrong("no IDX file of bytes".into()));
    };
    let axes = usize::from(*axes);
    let Some((lengths, values)) = rest.split_at_checked(4 * axes) else {
        return Err(wrong("it ends within its header".into()));
    };
    let lengths = lengths.as_chunks::<4>().0.iter();
    let shape: Vec<usize> = lengths
        .map(|length| u32::from_be_bytes(*length) as usize)
        .collect();
    let expected = shape
        .iter()
        .try_fold(1_usize, |all, &length| all.checked_mul(length));
    if expected != Some(values.len()) || values.is_empty() {
        let found = values.len();
        return Err(wrong(format!(
            "{found} bytes where its header says {shape:?}"
        )));
    }
    Ok(Array {
        shape,
        values: values.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(axes: &[u32], values: &[u8]) -> Vec<u8> {
        let lengths = axes.iter().flat_map(|length| length.to_be_bytes());
        [0, 0, 8, axes.len() as u8]
            .into_iter()
            .chain(lengths)
            .chain(values.iter().copied())
            .collect()
    }

    #[test]
    fn pictures_and_classes_packed_and_not() {
        let path = Path::new("train-images-idx3-ubyte.gz");
        assert!(is(path) && !is(Path::new("a.gz")));
        let plain = file(&[2, 1, 2], &[0, 255, 51, 204]);
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&plain).unwrap();
        for bytes in [plain, packed.finish().unwrap()] {
            let Content::Pictures { shape, values } = pictures(path, &bytes).unwrap() else {
                panic!("no pictures");
            };
            assert_eq!(shape, [1, 1, 2]);
            for (found, expected) in values.iter().zip([-1.0, 1.0, -0.6, 0.6]) {
                assert!((found - expected).abs() < 1e-6);
            }
        }
        let read = classes(path, &file(&[3], &[0, 2, 1])).unwrap();
        assert_eq!((read.of_row, read.names.len()), (vec![0, 2, 1], 3));
    }

    #[test]
    fn what_is_none_is_refused() {
        let path = Path::new("x-ubyte");
        for bytes in [
            &b"\0\0\x0d\x01"[..],
            b"",
            b"\0\0\x08\x01\0\0",
            &file(&[3], &[1, 2]),
        ] {
            assert!(classes(path, bytes).is_err());
        }
        assert!(pictures(path, &file(&[2], &[1, 2])).is_err());
        let endless = file(&[u32::MAX, u32::MAX, u32::MAX], &[1]);
        assert!(pictures(path, &endless).is_err());
    }
}
