//! Types of values in a file.

use half::f16;

/// A type of value that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Element {
    /// `?`, read as 0 and 1.
    Bool,
    /// Unsigned integers of 8 bits, as pictures have them.
    U8,
    /// Signed integers of 8 bits.
    I8,
    /// Unsigned integers of 16 bits, as deep pictures have them.
    U16,
    /// Signed integers of 16 bits.
    I16,
    /// Unsigned integers of 32 bits.
    U32,
    /// Signed integers of 32 bits.
    I32,
    /// Unsigned integers of 64 bits.
    U64,
    /// Signed integers of 64 bits.
    I64,
    /// Half precision.
    F16,
    /// Single precision, as it is written.
    F32,
    /// Double precision, rounded to single.
    F64,
}

impl Element {
    /// The type by NumPy's letter and size, `f4`.
    pub(super) fn from_code(code: &[u8]) -> Option<Self> {
        Some(match code {
            b"b1" => Self::Bool,
            b"u1" => Self::U8,
            b"i1" => Self::I8,
            b"u2" => Self::U16,
            b"i2" => Self::I16,
            b"u4" => Self::U32,
            b"i4" => Self::I32,
            b"u8" => Self::U64,
            b"i8" => Self::I64,
            b"f2" => Self::F16,
            b"f4" => Self::F32,
            b"f8" => Self::F64,
            _ => return None,
        })
    }

    pub(super) fn bytes(self) -> usize {
        match self {
            Self::Bool | Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 | Self::F16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// Brings unsigned integers of 8 and 16 bits to [−1, 1], as those of pictures are.
    pub(super) fn bring_to_samples(self, values: &mut [f32]) {
        let half = match self {
            Self::U8 => 127.5,
            Self::U16 => 32_767.5,
            _ => return,
        };
        for value in values {
            *value = *value / half - 1.0;
        }
    }

    /// Values of this type as f32, rounded to nearest.
    pub(super) fn decode(self, bytes: &[u8], big_endian: bool) -> Vec<f32> {
        macro_rules! numbers {
            ($number:ty, $to_f32:expr) => {
                values(bytes, |bytes| {
                    let number = if big_endian {
                        <$number>::from_be_bytes(bytes)
                    } else {
                        <$number>::from_le_bytes(bytes)
                    };
                    $to_f32(number)
                })
            };
        }
        match self {
            Self::Bool => values(bytes, |[byte]: [u8; 1]| f32::from(u8::from(byte != 0))),
            Self::U8 => numbers!(u8, f32::from),
            Self::I8 => numbers!(i8, f32::from),
            Self::U16 => numbers!(u16, f32::from),
            Self::I16 => numbers!(i16, f32::from),
            Self::U32 => numbers!(u32, |number| number as f32),
            Self::I32 => numbers!(i32, |number| number as f32),
            Self::U64 => numbers!(u64, |number| number as f32),
            Self::I64 => numbers!(i64, |number| number as f32),
            Self::F16 => numbers!(f16, f16::to_f32),
            Self::F32 => numbers!(f32, |number| number),
            Self::F64 => numbers!(f64, |number| number as f32),
        }
    }
}

fn values<const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes
        .as_chunks()
        .0
        .iter()
        .map(|&chunk| value(chunk))
        .collect()
}
