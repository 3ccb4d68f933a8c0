//! How a network was trained and how it is meant to be sampled.

pub(super) mod clipping;
pub(super) mod clips;
#[expect(clippy::module_inception, reason = "the file of `SchedulerConfig`")]
pub(super) mod config;
mod diffusers_json;
pub(super) mod error;
pub(super) mod grid;
mod json_literals;
pub(super) mod names;
mod own_json;
pub(super) mod timesteps;
pub(super) mod wrap;
