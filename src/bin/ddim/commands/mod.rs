//! A file or a folder a subcommand.

pub mod bench;
pub mod devices;
pub mod encode;
pub mod evaluate;
pub mod info;
pub mod interpolate;
pub mod noise;
pub mod sample;
pub mod schedule;
pub mod verify;
mod write;
