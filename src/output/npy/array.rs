//! Arrays as they are in memory and in a file.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use super::element::Element;
use super::error::NpyError;
use super::header;

/// Most values an array may have, 2³⁰ (4 GiB as f32): a header is not to be trusted with the memory
/// of the machine.
pub const MAX_VALUES: usize = 1 << 30;

/// Bytes after the last value that are counted for the message.
const COUNTED_BYTES: u64 = 1 << 20;

/// An array of numbers in C order.
#[derive(Debug, Clone, PartialEq)]
pub struct NpyArray {
    /// Length of every axis, outermost first.
    pub shape: Vec<usize>,
    /// `shape.iter().product()` values, all finite; last axis fastest.
    pub values: Vec<f32>,
    /// The type that the file has the values in.
    pub element: Element,
}

impl NpyArray {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// [`NpyError`], which does not repeat the path.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, NpyError> {
        Self::read(BufReader::new(File::open(path)?))
    }

    /// Reads an array and checks that nothing follows it.
    ///
    /// Memory grows with the bytes that arrive, not with what the header claims.
    ///
    /// # Errors
    /// [`NpyError`].
    pub fn read(mut reader: impl Read) -> Result<Self, NpyError> {
        let header = header::read(&mut reader)?;
        let count = header
            .shape
            .iter()
            .try_fold(1_usize, |product, &length| product.checked_mul(length))
            .filter(|&count| count <= MAX_VALUES)
            .ok_or_else(|| NpyError::TooLarge {
                shape: header.shape.clone(),
                limit: MAX_VALUES,
            })?;

        let expected = count as u64 * header.element.bytes() as u64;
        let mut bytes = Vec::new();
        let found = reader.by_ref().take(expected).read_to_end(&mut bytes)? as u64;
        if found < expected {
            return Err(NpyError::Length { expected, found });
        }
        // Not to the end: a file may claim to go on for terabytes.
        let trailing = io::copy(&mut reader.take(COUNTED_BYTES), &mut io::sink())?;
        if trailing > 0 {
            return Err(NpyError::Length {
                expected,
                found: expected + trailing,
            });
        }

        let mut values = header.element.decode(&bytes, header.big_endian);
        drop(bytes);
        if header.fortran_order {
            values = to_c_order(&values, &header.shape);
        }
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            let value = values[index];
            return Err(NpyError::NonFinite { index, value });
        }
        Ok(Self {
            shape: header.shape,
            values,
            element: header.element,
        })
    }

    /// The values as samples: unsigned integers of 8 and 16 bits are brought from 0 … 255 and
    /// 0 … 65,535 to [−1, 1], as those of pictures are; all others are taken as they are.
    #[must_use]
    pub fn into_samples(mut self) -> Vec<f32> {
        self.element.bring_to_samples(&mut self.values);
        self.values
    }
}

/// Values whose first axis is the fastest, rearranged so that the last is.
fn to_c_order(values: &[f32], shape: &[usize]) -> Vec<f32> {
    // How far apart neighbours on each axis are.
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = 1;
    for &length in shape {
        strides.push(stride);
        stride *= length;
    }
    let mut index = vec![0; shape.len()];
    let mut at = 0;
    let mut ordered = Vec::with_capacity(values.len());
    for _ in 0..values.len() {
        ordered.push(values[at]);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            at += strides[axis];
            if index[axis] < shape[axis] {
                break;
            }
            at -= strides[axis] * shape[axis];
            index[axis] = 0;
        }
    }
    ordered
}

/// Writes the header of an f32 array of `shape`; the values follow by [`write_values`], in as many
/// calls as is convenient.
///
/// # Errors
/// Those of `writer`.
pub fn write_header(writer: &mut impl Write, shape: &[usize]) -> io::Result<()> {
    writer.write_all(&header::encode(shape))
}

/// Writes values as the format wants them, little-endian.
///
/// # Errors
/// Those of `writer`.
pub fn write_values(writer: &mut impl Write, values: &[f32]) -> io::Result<()> {
    if cfg!(target_endian = "little") {
        return writer.write_all(bytemuck::cast_slice(values));
    }
    values
        .iter()
        .try_for_each(|value| writer.write_all(&value.to_le_bytes()))
}

/// Writes a whole array: [`write_header`], then [`write_values`].
///
/// # Errors
/// Those of `writer`.
///
/// # Panics
/// If `values` does not have `shape.iter().product()` elements.
pub fn write(writer: &mut impl Write, shape: &[usize], values: &[f32]) -> io::Result<()> {
    assert_eq!(
        shape.iter().product::<usize>(),
        values.len(),
        "values do not fill the shape {shape:?}"
    );
    write_header(writer, shape)?;
    write_values(writer, values)
}

#[cfg(test)]
mod tests {
    use half::f16;

    use super::*;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(data);
        bytes
    }

    fn header(descr: &str, shape: &str) -> String {
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n")
    }

    #[test]
    fn what_is_written_is_read() {
        for shape in [vec![], vec![0], vec![7], vec![2, 3], vec![2, 1, 4, 4]] {
            let count = shape.iter().product();
            let values: Vec<f32> = (0..count).map(|i| i as f32 * 0.37 - 1.0).collect();
            let mut bytes = Vec::new();
            write(&mut bytes, &shape, &values).unwrap();
            assert_eq!(
                (bytes.len() - 4 * count) % 64,
                0,
                "data not aligned as NumPy aligns it"
            );
            let array = NpyArray::read(&*bytes).unwrap();
            assert_eq!((array.shape, array.values), (shape, values));
        }
    }

    #[test]
    fn all_float_widths_are_read() {
        let halves: Vec<u8> = [0.5_f32, -2.0]
            .iter()
            .flat_map(|&v| f16::from_f32(v).to_le_bytes())
            .collect();
        let doubles: Vec<u8> = [0.5_f64, -2.0]
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        for (descr, data) in [("<f2", halves), ("<f8", doubles)] {
            let array = NpyArray::read(&*file(&header(descr, "(2,)"), &data)).unwrap();
            assert_eq!(array.values, [0.5, -2.0]);
        }
    }

    #[test]
    fn integers_of_every_width_are_read() {
        let cases: [(&str, &[u8], [f32; 2]); 10] = [
            ("|b1", &[0, 1], [0.0, 1.0]),
            ("|u1", &[0, 255], [0.0, 255.0]),
            ("|i1", &[0xff, 127], [-1.0, 127.0]),
            ("<u2", &[1, 0, 0, 1], [1.0, 256.0]),
            (">u2", &[0, 1, 1, 0], [1.0, 256.0]),
            ("<i2", &[0xff, 0xff, 2, 0], [-1.0, 2.0]),
            (">i4", &[0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff], [256.0, -1.0]),
            ("<u4", &[0xff; 8], [4_294_967_296.0; 2]),
            ("<i8", &[0xff; 16], [-1.0; 2]),
            ("<u8", &[0; 16], [0.0; 2]),
        ];
        for (descr, data, expected) in cases {
            let array = NpyArray::read(&*file(&header(descr, "(2,)"), data)).unwrap();
            assert_eq!(array.values, expected, "{descr}");
        }
    }

    /// What `numpy.array([1.0, -2.5], '>f4')` and its kin write.
    #[test]
    fn big_endian_floats_are_read() {
        let singles: Vec<u8> = [1.0_f32, -2.5].map(f32::to_be_bytes).concat();
        let doubles: Vec<u8> = [1.0_f64, -2.5].map(f64::to_be_bytes).concat();
        for (descr, data) in [(">f4", singles), (">f8", doubles)] {
            let array = NpyArray::read(&*file(&header(descr, "(2,)"), &data)).unwrap();
            assert_eq!(array.values, [1.0, -2.5], "{descr}");
        }
    }

    #[test]
    fn fortran_order_is_brought_to_c_order() {
        let text = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 2), }";
        let shape = [2, 3, 2];
        // The value at [i, j, k] is its index in C order, at i + 2·(j + 3·k).
        let mut data = [0; 12];
        for (at, byte) in data.iter_mut().enumerate() {
            let (i, j, k) = (at % 2, at / 2 % 3, at / 6);
            *byte = ((i * shape[1] + j) * shape[2] + k) as u8;
        }
        let array = NpyArray::read(&*file(text, &data)).unwrap();
        assert_eq!(array.shape, shape);
        assert_eq!(array.values, (0..12).map(|v| v as f32).collect::<Vec<_>>());
        let empty = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 0), }";
        assert_eq!(NpyArray::read(&*file(empty, &[])).unwrap().values, [0.0; 0]);
    }

    #[test]
    fn long_integers_of_python_2_are_lengths() {
        let array = NpyArray::read(&*file(&header("|u1", "(1L, 2L)"), &[1, 2])).unwrap();
        assert_eq!(array.shape, [1, 2]);
    }

    #[test]
    fn unsigned_bytes_and_words_are_scaled_as_pictures_are() {
        for (descr, data, expected) in [
            ("|u1", &[0, 255][..], [-1.0, 1.0]),
            ("<u2", &[0, 0, 0xff, 0xff], [-1.0, 1.0]),
            ("|i1", &[0, 100], [0.0, 100.0]),
        ] {
            let array = NpyArray::read(&*file(&header(descr, "(2,)"), data)).unwrap();
            assert_eq!(array.into_samples(), expected, "{descr}");
        }
    }

    #[test]
    fn versions_two_and_three_are_read() {
        for major in [2, 3] {
            let text = header("<f4", "(1,)");
            let mut bytes = b"\x93NUMPY".to_vec();
            bytes.extend_from_slice(&[major, 0]);
            bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
            bytes.extend_from_slice(&1.5_f32.to_le_bytes());
            assert_eq!(NpyArray::read(&*bytes).unwrap().values, [1.5]);
        }
    }

    #[test]
    fn malformed_files_are_named_errors() {
        let f4 = |shape: &str, data: &[u8]| file(&header("<f4", shape), data);
        let mut huge_header = b"\x93NUMPY\x02\x00".to_vec();
        huge_header.extend_from_slice(&u32::MAX.to_le_bytes());
        let cases: &[(&str, Vec<u8>, &str)] = &[
            ("empty", vec![], "cannot read"),
            (
                "other file",
                b"\x89PNG\r\n\x1a\n and so on".to_vec(),
                "not a .npy file but a picture",
            ),
            (
                "future version",
                b"\x93NUMPY\x09\x00aa".to_vec(),
                "version 9.0",
            ),
            ("header cut", f4("(1,)", &[])[..30].to_vec(), "cannot read"),
            ("header of 4 GiB", huge_header, "header of 4294967295 bytes"),
            ("short", f4("(2,)", &[0; 7]), "8 bytes by its header, but 7"),
            ("long", f4("(2,)", &[0; 9]), "8 bytes by its header, but 9"),
            (
                "too many",
                f4("(99999999999, 99999999999)", &[]),
                "more than",
            ),
            ("overflow", f4("(99999999999999999999,)", &[]), "expected"),
            (
                "claims 4 GiB",
                f4("(1073741824,)", &[0; 4]),
                "but 4 in the file",
            ),
            ("complex", file(&header("<c8", "(1,)"), &[0; 8]), "\"<c8\""),
            ("text", file(&header("|S4", "(1,)"), &[0; 4]), "\"|S4\""),
            ("no order", file(&header("f4", "(1,)"), &[0; 4]), "\"f4\""),
            ("pickle", file(&header("|O", "(1,)"), &[0; 4]), "\"|O\""),
            (
                "git-lfs",
                b"version https://git-lfs.github.com/spec/v1\noid sha256:0".to_vec(),
                "git lfs pull",
            ),
            ("zip", b"PK\x03\x04 archive".to_vec(), "numpy.save"),
            ("nan", f4("(1,)", &f32::NAN.to_le_bytes()), "NaN"),
            (
                "f64 too big",
                file(&header("<f8", "(1,)"), &1e300_f64.to_le_bytes()),
                "inf",
            ),
            (
                "no shape",
                file("{'descr': '<f4', 'fortran_order': False, }", &[]),
                "expected",
            ),
            (
                "twice",
                file("{'descr': '<f4', 'descr': '<f4', }", &[]),
                "expected",
            ),
            ("negative", f4("(-1,)", &[]), "expected"),
            ("not a dict", file("[1, 2]", &[]), "expected"),
            ("no end", file("{'descr': '<f4", &[]), "expected"),
            (
                "text after",
                file(&(header("<f4", "(0,)") + "x"), &[]),
                "expected",
            ),
        ];
        for (name, bytes, message) in cases {
            let error = NpyArray::read(&**bytes).unwrap_err().to_string();
            assert!(error.contains(message), "{name}: {error}");
        }
    }
}
