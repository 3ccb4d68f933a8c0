//! How far a run is, told to its caller, who may stop it.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::Instant;
use crate::progress::Progress;

/// Least time between two reports of a worker.
const REPORT_EVERY: Duration = Duration::from_millis(20);

/// Who works, and who is told how far a run is, now and then and at its end.
pub enum Telling<'a> {
    /// All threads of the pool work, and any of them tells.
    Pool(&'a (dyn Fn(Progress) -> ControlFlow<()> + Sync)),
    /// The calling thread works alone, and tells.
    Here(&'a mut dyn FnMut(Progress) -> ControlFlow<()>),
}

/// Counts what is done, and keeps a wish to stop.
pub struct Ledger {
    done: AtomicU64,
    total: u64,
    stopped: AtomicBool,
}

impl Ledger {
    /// Of a run of `total` samples times rows.
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
            let done = self.done.fetch_add(samples as u64, Ordering::Relaxed) + samples as u64;
            if last.elapsed() >= REPORT_EVERY {
                last = Instant::now();
                self.tell(done, &mut tell);
            }
            self.flow()
        }
    }

    /// Tells at the end of the run. Broken, it was stopped.
    pub fn tell_end(&self, tell: impl FnMut(Progress) -> ControlFlow<()>) -> ControlFlow<()> {
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
