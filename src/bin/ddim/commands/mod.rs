//! A file or a folder a subcommand.

pub mod bench;
pub mod check;
pub mod completions;
mod cost;
pub mod devices;
pub mod encode;
pub mod evaluate;
mod finite;
mod format;
pub mod forward;
pub mod info;
pub mod interpolate;
pub mod noise;
mod recipe;
mod room;
mod rows;
pub mod sample;
pub mod schedule;
mod stream;
pub mod tune;
pub mod verify;
mod write;
