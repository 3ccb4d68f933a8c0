//! A twin of every kernel: what the WGSL kernel of the same name computes, in plain loops, one
//! sample at a time.

pub mod denoiser;
pub mod init_noise;
pub mod mask_step;
pub mod memory;
pub mod mlp_step;
pub mod op;
pub mod predict_step;
pub mod program_step;
pub mod threshold_step;
pub mod to_rgba16f;
pub mod to_rgba8;
pub mod update_step;
