//! Trains small diffusion models that `ddim-wgpu` samples: from a file to a model directory.
//!
//! [`recipe`] (what was chosen) → [`data`] (what is learnt) → [`network`] → [`run`] (the steps) →
//! [`report`] (what it shows of itself).

pub mod data;
pub mod error;
pub mod network;
pub mod recipe;
pub mod report;
pub mod run;
pub mod stream;
