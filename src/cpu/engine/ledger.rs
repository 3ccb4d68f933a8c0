//! What the workers of a run have done, and whether they are to stop.

use std::ops::ControlFlow;
use std::time::Duration;

use crate::clock::Instant;
use crate::progress::Progress;
use crate::threading::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Least time between two reports of a worker.
const REPORT_EVERY: Duration = Duration::from_millis(20);

/// Counts what is done, and keeps a wish to stop. Nothing else is handed over by it, so that no order
/// between its numbers matters: results are handed over where threads end.
pub struct Ledger {
    done: AtomicU64,
    total: u64,
    stopped: AtomicBool,
}

impl Ledger {
    /// Of a run of so many samples times rows.
    pub fn new(total: u64) -> Self {
        Self {
            done: AtomicU64::new(0),
            total,
            stopped: AtomicBool::new(false),
        }
    }

    /// A worker's way to report samples of a row that are done, which tells only now and then.
    pub fn reporter(
        &self,
        mut tell: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> impl FnMut(usize) -> ControlFlow<()> {
        let mut last = Instant::now();
        move |samples| {
            let now = Instant::now();
            let due = now - last >= REPORT_EVERY;
            if due {
                last = now;
            }
            self.report(samples, due, &mut tell)
        }
    }

    /// Adds what a worker has done, and tells it if that is due; says whether the worker goes on.
    pub fn report(
        &self,
        samples: usize,
        due: bool,
        tell: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let done = self.done.fetch_add(samples as u64, Ordering::Relaxed) + samples as u64;
        if due {
            self.tell(done, tell);
        }
        self.flow()
    }

    /// Tells the last when all workers have ended; says whether the run was to stop.
    pub fn close(self, tell: impl FnMut(Progress) -> ControlFlow<()>) -> ControlFlow<()> {
        self.tell(self.done.load(Ordering::Relaxed), tell);
        self.flow()
    }

    fn tell(&self, done: u64, mut tell: impl FnMut(Progress) -> ControlFlow<()>) {
        let total = self.total;
        if tell(Progress { done, total }).is_break() {
            self.stopped.store(true, Ordering::Relaxed);
        }
    }

    fn flow(&self) -> ControlFlow<()> {
        if self.stopped.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}
