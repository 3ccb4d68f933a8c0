//! How fast a device is.

pub mod noise_probe;
pub mod peak;
pub mod peak_kernels;
pub mod peaks;
pub mod standalone;
pub mod timing;
