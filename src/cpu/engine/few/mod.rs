//! Batches of a few samples, down to the one action that a policy is asked for.
//!
//! A tile has vectors over samples, of which a few fill a small part. Here a sample's values lie
//! side by side and vectors go over them; weights are packed a second time, in the order in which
//! this reads them. Every value is made by the same operations in the same order as in a tile, so
//! that a sample's bits do not say which way it went.

mod mlp;
mod ops;
mod panel;
mod program;
mod tile;

pub use mlp::{FewLayer, FewMlp, activate_sums, embed, finish};
pub use program::{FewProgram, Given};
pub use tile::{FewMemory, FewNetwork, FewTile};
