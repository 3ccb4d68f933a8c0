//! The threads that the engine runs on.

use std::sync::Once;

use rayon::ThreadPoolBuilder;

/// Most threads a processor. More than one gain nothing.
const MOST_EACH: usize = 4;
/// Most threads, where there are few processors.
const MOST_OF_FEW: usize = 64;

/// Threads that the engine runs on here: of the rayon pool that the caller is part of, else of the
/// global one, which is made if it is not there.
///
/// The global pool has `RAYON_NUM_THREADS` threads, or one a processor; at most four a processor, or
/// 64 where those are fewer: as many as a number with zeros too many asks for would keep the machine
/// from all else. Where the system does not give that many, it has one a processor, and where it gives
/// none, as at the limit of `ulimit -u`, the calling thread alone does the work.
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
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let most = (MOST_EACH * processors).max(MOST_OF_FEW);
    // As rayon reads them.
    let asked = ["RAYON_NUM_THREADS", "RAYON_RS_NUM_CPUS"];
    let asked = asked
        .iter()
        .find_map(|name| std::env::var(name).ok()?.parse().ok());
    let number = asked.filter(|&number: &usize| number > most).map(|_| most);
    // 0: as rayon has it.
    let wanted = || ThreadPoolBuilder::new().num_threads(number.unwrap_or(0));
    if wanted().build().is_ok() {
        // An error says that the application has made the pool already, which is as good.
        let _ = wanted().build_global();
        return;
    }
    let builder = || ThreadPoolBuilder::new().num_threads(processors);
    let builder = match builder().build() {
        Ok(_) => builder(),
        Err(_) => ThreadPoolBuilder::new().num_threads(1).use_current_thread(),
    };
    // An error says that the application has made the pool already, which is as good.
    let _ = builder.build_global();
}
