//! A network compiled for a device: pipelines and the buffers that all runs share.

pub mod buffers;
pub mod build;
pub mod inpaint;
pub mod multi_step;
pub mod network;
pub mod network_buffers;
pub mod options;
pub mod pipelines;
pub mod texts;
