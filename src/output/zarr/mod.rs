//! Zarr v3 arrays: `[N, …sample_shape]` in a directory, written chunk by chunk by any number of
//! processes.
//!
//! A chunk is a file that holds a range of samples and the checksum of its bytes. It appears whole
//! or not at all: it is written under a temporary name, synced and renamed. So whatever is there
//! can be told to be right by itself, and what is not can be made again; that is all that resuming
//! a run, and spreading it over machines, takes.
//!
//! | in `zarr.json` | |
//! |---|---|
//! | `data_type` | `float32`, or `uint8` for images |
//! | `chunk_grid` | regular, along the samples only |
//! | `codecs` | `bytes` (little-endian), `zstd` if asked for, `crc32c` |
//! | `attributes` | `run` (what [`RunParameters`](super::RunParameters) say), `run_hash`, `device_class` |
//!
//! Own code for this small subset rather than the crate `zarrs` (0.23): that one writes chunks in
//! place, where a killed process leaves half a chunk under its final name, and brings 64 crates.
//! Its checksum is the crate `crc32c`'s here too.

mod array;
mod check;
mod chunk_file;
mod codec;
mod document;
mod error;
mod identity;
mod layout;
mod sink;

pub use array::{ChunkState, ZarrArray};
pub use check::{Coverage, check};
pub use document::read as read_document;
pub use error::ZarrError;
pub use identity::RunIdentity;
pub use layout::{Layout, Stored};
pub use sink::ChunkSink;
