//! A batch on its way from noise to samples: its buffers, and what is recorded, submitted and read.

pub mod denoise;
pub mod inpaint_buffers;
pub mod invert;
pub mod pace;
pub mod prepared;
pub mod readback;
pub mod record;
pub mod sample_row_buffers;
pub mod shard;
pub mod shard_buffers;
pub mod state;
pub mod submit;
pub mod texture;
