//! Progress, the wish to stop, and a run's state: what atomics hand over.

use std::ops::ControlFlow::{Break, Continue};

use ddim_wgpu_threads::cpu::ledger::Ledger;
use ddim_wgpu_threads::gpu::run::state::RunState;
use ddim_wgpu_threads::in_all_orders;
use ddim_wgpu_threads::progress::Progress;
use ddim_wgpu_threads::session::telling::Telling;
use ddim_wgpu_threads::threading::sync::Arc;
use ddim_wgpu_threads::threading::sync::atomic::{AtomicU64, Ordering};
use ddim_wgpu_threads::threading::thread;

/// Who may submit has what those before have done. loom watches a cell for it that nothing guards.
#[test]
fn one_call_submits_at_a_time_and_sees_the_ones_before() {
    in_all_orders(|| {
        let shared = Arc::new((RunState::default(), cell::Cell::new()));
        let submit = |shared: &(RunState, cell::Cell)| match shared.0.submitting() {
            Ok(_right) => {
                shared.1.add();
                1
            }
            Err(_) => 0,
        };
        let other = shared.clone();
        let second = thread::spawn(move || submit(&other));
        let first = submit(&shared);
        let done = first + second.join().expect("no panic");
        assert!(done >= 1, "nobody was let in");
        let _right = shared.0.submitting().expect("nobody holds it");
        assert_eq!(shared.1.get(), done);
    });
}

/// A callback that makes a run sound says that what it waited for has been written.
#[test]
fn a_sound_run_has_been_written() {
    in_all_orders(|| {
        let shared = Arc::new((RunState::default(), cell::Cell::new()));
        shared.0.poison();
        let other = shared.clone();
        let device = thread::spawn(move || {
            other.1.add();
            other.0.clear();
        });
        if shared.0.check_sound().is_ok() {
            assert_eq!(shared.1.get(), 1);
        }
        device.join().expect("no panic");
        assert!(shared.0.check_sound().is_ok());
    });
}

/// Two workers report, and are stopped by what is told of the third sample.
#[test]
fn all_that_is_done_is_counted_once_and_a_wish_to_stop_stays() {
    in_all_orders(|| {
        let asked = Arc::new(AtomicU64::new(0));
        let teller = || {
            let counted = asked.clone();
            move |progress: Progress| {
                counted.fetch_add(1, Ordering::Relaxed);
                if progress.done >= 3 {
                    Break(())
                } else {
                    Continue(())
                }
            }
        };
        let ledger = Arc::new(Ledger::new(4));
        let (own, tell_own, tell) = (ledger.clone(), teller(), teller());
        let worker = thread::spawn(move || {
            // One that is told to stop makes nothing more.
            let mut made = 0;
            while made < 2 {
                made += 1;
                if own.report(1, true, &tell_own).is_break() {
                    break;
                }
            }
            made
        });
        let mut made = 0;
        while made < 2 {
            made += 1;
            if ledger.report(1, true, &tell).is_break() {
                break;
            }
        }
        let all = made + worker.join().expect("no panic");
        assert!(all >= 3, "stopped before anybody asked for it: {all}");
        let ledger = Arc::try_unwrap(ledger).ok().expect("the worker has ended");
        assert!(ledger.close(&tell).is_break(), "the wish was lost");
        // Each report and the last were told.
        assert_eq!(asked.load(Ordering::Relaxed), all + 1);
    });
}

/// What is told never falls, and the last is all.
#[test]
fn what_is_told_rises_and_ends_with_all() {
    in_all_orders(|| {
        let telling = Arc::new(Telling::default());
        let workers = [3, 5].map(|done| {
            let telling = telling.clone();
            thread::spawn(move || telling.hear(Progress::new(done, 8)))
        });
        let mut last = 0;
        for _ in 0..2 {
            telling.pass_on(&mut |progress| {
                assert!(progress.done >= last && progress.total == 8);
                last = progress.done;
                Continue(())
            });
        }
        for worker in workers {
            assert!(worker.join().expect("no panic").is_continue());
        }
        telling.pass_on(&mut |progress| {
            assert_eq!(progress.done, 5);
            Continue(())
        });
    });
}

/// A worker that is told after the wish stops; the wish is not lost before the first report.
#[test]
fn workers_hear_of_a_wish_to_stop() {
    in_all_orders(|| {
        let telling = Arc::new(Telling::default());
        let own = telling.clone();
        let worker = thread::spawn(move || own.hear(Progress::new(1, 2)));
        let mut asked = false;
        telling.pass_on(&mut |_| {
            asked = true;
            Break(())
        });
        let _ = worker.join().expect("no panic");
        assert_eq!(telling.is_to_stop(), asked);
        assert_eq!(telling.hear(Progress::new(2, 2)).is_break(), asked);
    });
}

mod cell {
    //! A number that nothing guards.

    /// loom fails where two threads touch it without an order.
    #[cfg(feature = "loom")]
    pub struct Cell(loom::cell::Cell<u64>);

    #[cfg(feature = "loom")]
    // SAFETY: loom checks each access.
    unsafe impl Sync for Cell {}

    #[cfg(feature = "loom")]
    impl Cell {
        pub fn new() -> Self {
            Self(loom::cell::Cell::new(0))
        }

        pub fn add(&self) {
            self.0.set(self.0.get() + 1);
        }

        pub fn get(&self) -> u64 {
            self.0.get()
        }
    }

    /// Two steps, so that additions at the same time lose one.
    #[cfg(not(feature = "loom"))]
    pub struct Cell(shuttle::sync::atomic::AtomicU64);

    #[cfg(not(feature = "loom"))]
    impl Cell {
        pub fn new() -> Self {
            Self(shuttle::sync::atomic::AtomicU64::new(0))
        }

        pub fn add(&self) {
            let order = shuttle::sync::atomic::Ordering::Relaxed;
            self.0.store(self.0.load(order) + 1, order);
        }

        pub fn get(&self) -> u64 {
            self.0.load(shuttle::sync::atomic::Ordering::Relaxed)
        }
    }
}
