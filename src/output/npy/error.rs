//! Why an array could not be read.

use std::io;

use crate::network::FileKind;

/// Why a `.npy` file could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NpyError {
    /// The file could not be opened or read.
    #[error("cannot read: {0}")]
    Io(#[from] io::Error),
    /// The file does not begin with NumPy's magic bytes.
    #[error("not a .npy file")]
    Magic,
    /// The file is of another kind.
    #[error("not a .npy file but {kind}")]
    Foreign {
        /// What it is.
        kind: FileKind,
    },
    /// A format version this reader does not know.
    #[error("npy format version {major}.{minor} is not known (1.0, 2.0 and 3.0 are)")]
    Version {
        /// First number of the version.
        major: u8,
        /// Second number of the version.
        minor: u8,
    },
    /// The header is longer than a header of numbers can be.
    #[error("npy header of {bytes} bytes (at most {limit})")]
    HeaderSize {
        /// Length that the file states.
        bytes: usize,
        /// Longest that is read.
        limit: usize,
    },
    /// The header is not the dictionary that the format prescribes.
    #[error("malformed npy header: expected {expected} at byte {at}")]
    Header {
        /// What should have stood there.
        expected: &'static str,
        /// Offset in the header text.
        at: usize,
    },
    /// A type of value that is no number: text, a structure, a pickled object; or a complex number.
    #[error("npy values of type {descr:?}: floats, integers and booleans are read")]
    Type {
        /// The type as the header gives it.
        descr: String,
    },
    /// More values than [`MAX_VALUES`](super::MAX_VALUES).
    #[error("npy array of shape {shape:?} has more than {limit} values")]
    TooLarge {
        /// Shape in the header.
        shape: Vec<usize>,
        /// Most values that are read.
        limit: usize,
    },
    /// The file ends early or goes on after its last value.
    #[error("npy array of {expected} bytes by its header, but {found} in the file")]
    Length {
        /// Bytes that the header promises.
        expected: u64,
        /// Bytes there are; of those that go on, at most 1 MiB are counted.
        found: u64,
    },
    /// NaN or an infinity, also one made by rounding an f64 to f32.
    #[error("npy value {index} is {value}: every value must be finite")]
    NonFinite {
        /// Position in C order.
        index: usize,
        /// The value as f32.
        value: f32,
    },
}
