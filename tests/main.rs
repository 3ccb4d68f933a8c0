//! The one test binary: every test links the library, and linking once is much of what testing costs.

mod common;
mod noise;
mod noise_gpu;
mod noise_statistics;
