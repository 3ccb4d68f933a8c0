//! What the workers of a run have done, and whether they are to stop.

use std::ops::ControlFlow;
use std::time::Duration;

use crate::clock::Instant;
use crate::progress::Progress;
use crate::threading::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Least time between two reports of a worker.
const REPORT_EVERY: Duration = Duration::from_millis(20);

/// Told how far a run is, by any worker; says whether to go on.
pub type Told<'a> = dyn Fn(Progress) -> ControlFlow<()> + Sync + 'a;

/// Counts what is done, tells the caller, and passes on a wish to stop. Nothing else is handed over by
/// it, so that no order between its numbers matters: results are handed over where threads end.
pub struct Ledger<'a> {
    progress: &'a Told<'a>,
    done: AtomicU64,
    total: u64,
    stopped: AtomicBool,
}

impl<'a> Ledger<'a> {
    /// Of a run of so many samples times rows.
    pub fn new(progress: &'a Told<'a>, total: u64) -> Self {
        Self {
            progress,
            done: AtomicU64::new(0),
            total,
            stopped: AtomicBool::new(false),
        }
    }

    /// A worker's way to report, which calls back only now and then.
    pub fn reporter(&self) -> impl FnMut(usize) -> ControlFlow<()> {
        let mut last = Instant::now();
        move |samples| {
            let now = Instant::now();
            let due = now - last >= REPORT_EVERY;
            if due {
                last = now;
            }
            self.report(samples, due)
        }
    }

    /// Adds what a worker has done, and tells it if that is due; says whether the worker goes on.
    pub fn report(&self, samples: usize, due: bool) -> ControlFlow<()> {
        let done = self.done.fetch_add(samples as u64, Ordering::Relaxed) + samples as u64;
        if due {
            self.tell(done);
        }
        if self.stopped.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    /// Tells the last when all workers have ended; says whether the run was to stop.
    pub fn close(self) -> ControlFlow<()> {
        self.tell(self.done.load(Ordering::Relaxed));
        if self.stopped.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn tell(&self, done: u64) {
        let total = self.total;
        if (self.progress)(Progress { done, total }).is_break() {
            self.stopped.store(true, Ordering::Relaxed);
        }
    }
}
