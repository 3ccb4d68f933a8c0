//! NumPy's `.npy` files: written as version 1.0, `<f4`, C order; read from any version with `<f2`, `<f4` or `<f8`.
//!
//! Own code rather than a library: the libraries at hand parse the header as general Python, by a grammar that recurses on
//! input from outside, and bring a parser generator and big integers with them. Structured types, Fortran order, big-endian
//! values and pickles are out of scope and refused by name.

mod array;
mod error;
mod header;

pub use array::{MAX_VALUES, NpyArray, write, write_header, write_values};
pub use error::NpyError;
