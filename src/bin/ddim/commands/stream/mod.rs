//! Samples on their way into arrays, part by part, so that any number fits the memory.

mod destination;
mod finite_first;
mod npy;
mod run;
mod zarr;

pub use destination::{Destination, Target};
