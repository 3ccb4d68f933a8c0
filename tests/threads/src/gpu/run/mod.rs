#[path = "../../../../../src/gpu/run/state.rs"]
pub mod state;
