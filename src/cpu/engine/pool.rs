//! The threads that the engine runs on.

use std::sync::Once;

use rayon::ThreadPoolBuilder;

/// Threads that the engine runs on here: of the rayon pool that the caller is part of, else of the
/// global one, which is made if it is not there.
///
/// The global pool has `RAYON_NUM_THREADS` threads, or one a processor. Where the system does not
/// give that many, it has one a processor, and where it gives none, as at the limit of `ulimit -u`,
/// the calling thread alone does the work.
#[must_use]
pub fn threads() -> usize {
    static PROBE: Once = Once::new();
    if rayon::current_thread_index().is_none() {
        PROBE.call_once(make_global_pool);
    }
    rayon::current_num_threads()
}

/// rayon panics where the global pool cannot be made, and does not try a second time, so a pool is
/// tried out before.
fn make_global_pool() {
    if ThreadPoolBuilder::new().build().is_ok() {
        return;
    }
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let builder = || ThreadPoolBuilder::new().num_threads(processors);
    let builder = match builder().build() {
        Ok(_) => builder(),
        Err(_) => ThreadPoolBuilder::new().num_threads(1).use_current_thread(),
    };
    // An error says that the application has made the pool already, which is as good.
    let _ = builder.build_global();
}
