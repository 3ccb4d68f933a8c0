//! How much of a run fits a frame.

pub mod budget;
pub mod frame_pace;
pub mod timestamps;
