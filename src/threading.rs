//! Threads and what they share, in one place: `tests/threads` compiles the files that take them from
//! here a second time, against models of them that go through the orders in which threads may come.

pub(crate) use std::sync;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use std::thread;
