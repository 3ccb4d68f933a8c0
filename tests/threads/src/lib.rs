//! The library's files that share something between threads, compiled against a model of threads
//! that goes through the orders in which they may come; what else they name is as little as will do.

pub mod threading {
    //! Threads and what they share.
    #[cfg(feature = "loom")]
    pub use loom::{sync, thread};
    #[cfg(not(feature = "loom"))]
    pub use shuttle::{sync, thread};
}

pub mod batch;
pub mod cpu;
pub mod gpu;
pub mod session;

#[path = "../../../src/clock.rs"]
pub mod clock;
#[path = "../../../src/progress.rs"]
pub mod progress;

/// Runs `test` in the orders in which its threads may come: by loom in all of them, weak memory
/// included; by shuttle in ten thousand.
pub fn in_all_orders(test: impl Fn() + Send + Sync + 'static) {
    #[cfg(feature = "loom")]
    loom::model(test);
    #[cfg(not(feature = "loom"))]
    shuttle::check_random(test, 10_000);
}
