//! Arrays as they are in memory and in a file.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use half::f16;

use super::error::NpyError;
use super::header::{self, Element};

/// Most values an array may have, 2³⁰ (4 GiB as f32): a header is not to be trusted with the memory of the machine.
pub const MAX_VALUES: usize = 1 << 30;

/// An array of f32 in C order.
#[derive(Debug, Clone, PartialEq)]
pub struct NpyArray {
    /// Length of every axis, outermost first.
    pub shape: Vec<usize>,
    /// `shape.iter().product()` values, all finite; last axis fastest.
    pub values: Vec<f32>,
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
        let trailing = io::copy(&mut reader, &mut io::sink())?;
        if trailing > 0 {
            return Err(NpyError::Length {
                expected,
                found: expected + trailing,
            });
        }

        let values = match header.element {
            Element::F16 => decode(&bytes, |b| f16::from_le_bytes(b).to_f32()),
            Element::F32 => decode(&bytes, f32::from_le_bytes),
            Element::F64 => decode(&bytes, |b| f64::from_le_bytes(b) as f32),
        };
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            let value = values[index];
            return Err(NpyError::NonFinite { index, value });
        }
        Ok(Self {
            shape: header.shape,
            values,
        })
    }
}

fn decode<const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes
        .as_chunks()
        .0
        .iter()
        .map(|&chunk| value(chunk))
        .collect()
}

/// Writes the header of an f32 array of `shape`; the values follow by [`write_values`], in as many calls as is convenient.
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
            assert_eq!(NpyArray::read(&*bytes).unwrap(), NpyArray { shape, values });
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
        let fortran = "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }";
        let mut huge_header = b"\x93NUMPY\x02\x00".to_vec();
        huge_header.extend_from_slice(&u32::MAX.to_le_bytes());
        let cases: &[(&str, Vec<u8>, &str)] = &[
            ("empty", vec![], "cannot read"),
            (
                "other file",
                b"\x89PNG\r\n\x1a\n and so on".to_vec(),
                "not a .npy file",
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
            ("integers", file(&header("<i4", "(1,)"), &[0; 4]), "\"<i4\""),
            (
                "big-endian",
                file(&header(">f4", "(1,)"), &[0; 4]),
                "\">f4\"",
            ),
            ("pickle", file(&header("|O", "(1,)"), &[0; 4]), "\"|O\""),
            ("fortran", file(fortran, &[0; 4]), "Fortran"),
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
