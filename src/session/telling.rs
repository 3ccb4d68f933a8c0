//! Between workers that say how far they are and a thread that passes it on.

use std::ops::ControlFlow;

use crate::progress::Progress;
use crate::threading::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What workers have said last, and whether they are to stop. Its numbers are of no consequence for
/// each other: whoever hears of one before another is told again.
#[derive(Default)]
pub struct Telling {
    done: AtomicU64,
    /// 0: nothing has been said.
    total: AtomicU64,
    stop: AtomicBool,
}

impl Telling {
    /// Takes in what a worker says; says whether it goes on. What is done never falls, whoever comes
    /// last.
    pub fn hear(&self, progress: Progress) -> ControlFlow<()> {
        self.total.store(progress.total, Ordering::Relaxed);
        self.done.fetch_max(progress.done, Ordering::Relaxed);
        if self.is_to_stop() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    /// Tells the observer what was heard last, if anything; it may have the workers stop.
    pub fn pass_on(&self, observer: &mut dyn FnMut(Progress) -> ControlFlow<()>) {
        let total = self.total.load(Ordering::Relaxed);
        let progress = Progress::new(self.done.load(Ordering::Relaxed), total);
        if total > 0 && observer(progress).is_break() {
            self.stop.store(true, Ordering::Relaxed);
        }
    }

    /// Whether the observer wants the workers to stop.
    pub fn is_to_stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
