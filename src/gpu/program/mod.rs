//! A network compiled for a device: its passes, and the buffers that all runs share.

pub mod buffers;
pub mod build;
pub mod choose;
pub mod compiled;
pub mod compiler;
pub mod inpaint;
#[cfg(not(target_arch = "wasm32"))]
pub mod measurable;
pub mod multi_step;
pub mod network;
pub mod network_buffers;
pub mod options;
pub mod passes;
pub mod pipelines;
pub mod recording;
pub mod tables;
pub mod target;
pub mod texts;
pub mod work;
