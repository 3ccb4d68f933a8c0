//! NumPy's `.npy` files: written as version 1.0, `<f4`, C order; read from any version, of floats,
//! integers and booleans in either byte order, in C or Fortran order.
//!
//! Own code rather than a library: the libraries at hand parse the header as general Python, by a
//! grammar that recurses on input from outside, and bring a parser generator and big integers with
//! them. Structured types, text, complex numbers and pickles are refused by name.

mod array;
mod element;
mod error;
mod header;
mod rows;

pub use array::{MAX_VALUES, NpyArray, write, write_header, write_values};
pub use element::Element;
pub use error::NpyError;
pub use rows::NpyRows;
