//! The header of a `.npy` file: magic, version, length, and a Python dictionary with exactly three
//! keys.

use std::io::Read;

use super::element::Element;
use super::error::NpyError;
use crate::network::FileKind;

const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// Longest header that is read. NumPy's own limit is 10,000.
const MAX_HEADER: usize = 10_000;

/// NumPy pads the header so that the values begin at a multiple of this.
const ALIGNMENT: usize = 64;

#[derive(Debug, PartialEq)]
pub struct Header {
    pub element: Element,
    pub big_endian: bool,
    /// Whether the first axis is the fastest.
    pub fortran_order: bool,
    pub shape: Vec<usize>,
}

/// The bytes of a version 1.0 header for f32 values of `shape`.
pub fn encode(shape: &[usize]) -> Vec<u8> {
    // Python's notation: `(3,)` for one axis, `(3, 4)` for two.
    let axes: String = shape.iter().map(|length| format!("{length}, ")).collect();
    let axes = if shape.len() == 1 {
        axes.trim_end()
    } else {
        axes.trim_end_matches(", ")
    };
    let mut text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({axes}), }}");

    let before_text = MAGIC.len() + 4;
    let length = (before_text + text.len() + 1).next_multiple_of(ALIGNMENT) - before_text;
    text.extend(std::iter::repeat_n(' ', length - 1 - text.len()));
    text.push('\n');

    let length = u16::try_from(length).expect("a shape has a handful of axes");
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&[1, 0]);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

/// Reads up to the first value.
pub fn read(reader: &mut impl Read) -> Result<Header, NpyError> {
    let mut start = [0; 8];
    reader.read_exact(&mut start)?;
    if start[..6] != *MAGIC {
        return Err(foreign(&start, reader));
    }
    let bytes = match (start[6], start[7]) {
        (1, 0) => {
            let mut length = [0; 2];
            reader.read_exact(&mut length)?;
            usize::from(u16::from_le_bytes(length))
        }
        (2 | 3, 0) => {
            let mut length = [0; 4];
            reader.read_exact(&mut length)?;
            u32::from_le_bytes(length) as usize
        }
        (major, minor) => return Err(NpyError::Version { major, minor }),
    };
    if bytes > MAX_HEADER {
        let limit = MAX_HEADER;
        return Err(NpyError::HeaderSize { bytes, limit });
    }
    let mut text = vec![0; bytes];
    reader.read_exact(&mut text)?;
    Parser { text: &text, at: 0 }.header()
}

/// What a file is that does not begin as it should.
fn foreign(start: &[u8], reader: &mut impl Read) -> NpyError {
    let mut start = start.to_vec();
    // The rest only makes the message better.
    let rest = FileKind::BYTES.saturating_sub(start.len()) as u64;
    let _ = reader.take(rest).read_to_end(&mut start);
    match FileKind::of(&start) {
        Some(kind) => NpyError::Foreign { kind },
        None => NpyError::Magic,
    }
}

/// The type of values by its description, `<f4`, and whether they are big-endian.
fn element(descr: &[u8]) -> Result<(Element, bool), NpyError> {
    let known = match descr.split_first() {
        Some((b'<' | b'|', code)) => Element::from_code(code).map(|element| (element, false)),
        Some((b'>', code)) => Element::from_code(code).map(|element| (element, true)),
        Some((b'=', code)) => {
            Element::from_code(code).map(|element| (element, cfg!(target_endian = "big")))
        }
        _ => None,
    };
    known.ok_or_else(|| NpyError::Type {
        descr: String::from_utf8_lossy(descr).into_owned(),
    })
}

/// A reader of the one dictionary there can be: strings, booleans and tuples of integers, nothing
/// nested.
struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Parser<'a> {
    fn header(mut self) -> Result<Header, NpyError> {
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        self.expect(b'{', "'{'")?;
        while !self.accept(b'}') {
            let key = self.string()?;
            self.expect(b':', "':'")?;
            match key {
                b"descr" if descr.is_none() => descr = Some(self.string()?),
                b"fortran_order" if fortran_order.is_none() => {
                    fortran_order = Some(self.boolean()?);
                }
                b"shape" if shape.is_none() => shape = Some(self.tuple()?),
                _ => return Err(self.error("each of the keys descr, fortran_order and shape once")),
            }
            if !self.accept(b',') {
                self.expect(b'}', "'}'")?;
                break;
            }
        }
        self.skip_space();
        if self.at < self.text.len() {
            return Err(self.error("the end of the header"));
        }
        let (Some(descr), Some(fortran_order), Some(shape)) = (descr, fortran_order, shape) else {
            return Err(self.error("each of the keys descr, fortran_order and shape once"));
        };
        let (element, big_endian) = element(descr)?;
        Ok(Header {
            element,
            big_endian,
            // Order means nothing where there is at most one axis.
            fortran_order: fortran_order && shape.len() > 1,
            shape,
        })
    }

    fn string(&mut self) -> Result<&'a [u8], NpyError> {
        self.skip_space();
        let quote = match self.text.get(self.at) {
            Some(&quote @ (b'\'' | b'"')) => quote,
            _ => return Err(self.error("a quoted string")),
        };
        let rest = &self.text[self.at + 1..];
        let Some(length) = rest.iter().position(|&byte| byte == quote) else {
            return Err(self.error("a closing quote"));
        };
        self.at += length + 2;
        Ok(&rest[..length])
    }

    fn boolean(&mut self) -> Result<bool, NpyError> {
        self.skip_space();
        for (word, value) in [("True", true), ("False", false)] {
            if self.text[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.error("True or False"))
    }

    fn tuple(&mut self) -> Result<Vec<usize>, NpyError> {
        let mut shape = Vec::new();
        self.expect(b'(', "'('")?;
        while !self.accept(b')') {
            shape.push(self.integer()?);
            if !self.accept(b',') {
                self.expect(b')', "')'")?;
                break;
            }
        }
        Ok(shape)
    }

    fn integer(&mut self) -> Result<usize, NpyError> {
        self.skip_space();
        let digits = self.text[self.at..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let value = str::from_utf8(&self.text[self.at..self.at + digits])
            .ok()
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| self.error("a length that fits this machine"))?;
        self.at += digits;
        // Python 2 writes its long integers so.
        if self.text.get(self.at) == Some(&b'L') {
            self.at += 1;
        }
        Ok(value)
    }

    fn accept(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), NpyError> {
        if self.accept(byte) {
            Ok(())
        } else {
            Err(self.error(expected))
        }
    }

    fn skip_space(&mut self) {
        self.at += self.text[self.at..]
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
    }

    fn error(&self, expected: &'static str) -> NpyError {
        NpyError::Header {
            expected,
            at: self.at,
        }
    }
}
