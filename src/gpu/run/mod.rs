//! A batch on its way from noise to samples: its buffers, what is recorded, submitted and read.

pub mod denoise;
pub mod invert;
pub mod pace;
pub mod readback;
pub mod record;
pub mod run;
pub mod shard;
pub mod submit;
pub mod texture;
