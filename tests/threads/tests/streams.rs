//! Parts on their way from those that make them to the one that takes them.
#![cfg(not(feature = "loom"))]

use std::ops::{ControlFlow, Range};
use std::panic::{AssertUnwindSafe, catch_unwind};

use ddim_wgpu_threads::batch::Batch;
use ddim_wgpu_threads::in_all_orders;
use ddim_wgpu_threads::session::error::{SessionError, SinkError};
use ddim_wgpu_threads::session::in_flight::{Make, stream_in_flight};
use ddim_wgpu_threads::session::sink::{Part, Sink};
use ddim_wgpu_threads::session::source::Source;
use ddim_wgpu_threads::session::stream::{Parts, stream};
use ddim_wgpu_threads::session::watch::StageObserver;

/// Samples, some to a part.
const COUNT: usize = 7;
const AT_ONCE: usize = 2;

/// Keeps what it is given, and fails at the part of a sample.
#[derive(Default)]
struct Kept {
    values: Vec<f32>,
    fails_at: Option<usize>,
}

impl Sink for Kept {
    fn take(&mut self, part: Part<'_>) -> Result<(), SinkError> {
        assert_eq!(part.first, self.values.len(), "in order and without gaps");
        if self.fails_at == Some(part.first) {
            return Err("full".into());
        }
        self.values.extend(part.values);
        Ok(())
    }
}

/// Fails at the part of a sample.
struct Given {
    fails_at: Option<usize>,
}

impl Source for Given {
    fn count(&self) -> usize {
        COUNT
    }

    fn part(&mut self, range: Range<usize>) -> Result<Batch, SinkError> {
        if self.fails_at == Some(range.start) {
            return Err("nothing more".into());
        }
        Ok(Batch::new(COUNT).part(range))
    }
}

fn sound() -> Given {
    Given { fails_at: None }
}

/// A sample's value is its number; each is told.
fn make(batch: &Batch, observer: &mut StageObserver<'_>) -> Result<Vec<f32>, SessionError> {
    for done in 1..=batch.count as u64 {
        if observer(done).is_break() {
            return Err(SessionError::Cancelled);
        }
    }
    Ok((batch.first..batch.first + batch.count)
        .map(|i| i as f32)
        .collect())
}

fn all() -> Vec<f32> {
    (0..COUNT).map(|i| i as f32).collect()
}

fn go_on(_: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// The beginning of all samples, of whole parts.
fn assert_beginning(values: &[f32]) {
    assert_eq!(values, &all()[..values.len()]);
    assert!(values.len() == COUNT || values.len().is_multiple_of(AT_ONCE));
}

#[test]
fn samples_arrive_in_order_whoever_is_first() {
    in_all_orders(|| {
        let (mut kept, mut last) = (Kept::default(), 0);
        let makers: [&Make<'_>; 3] = [&make; 3];
        let mut observer = |done| {
            assert!(done >= last, "what is told never falls");
            last = done;
            ControlFlow::Continue(())
        };
        let done = stream_in_flight(&mut sound(), AT_ONCE, &mut kept, &makers, &mut observer);
        done.expect("nothing fails");
        assert_eq!((kept.values, last), (all(), COUNT as u64));
    });
}

#[test]
fn a_sink_that_fails_ends_it_with_its_reason() {
    in_all_orders(|| {
        let mut kept = Kept {
            fails_at: Some(2),
            ..Kept::default()
        };
        let makers: [&Make<'_>; 2] = [&make; 2];
        let ended = stream_in_flight(&mut sound(), AT_ONCE, &mut kept, &makers, &mut go_on);
        assert!(
            matches!(ended, Err(SessionError::Sink { first: 2, .. })),
            "{ended:?}"
        );
        assert_beginning(&kept.values);
    });
}

#[test]
fn a_maker_or_a_source_that_fails_ends_it() {
    in_all_orders(|| {
        let mut kept = Kept::default();
        let fails = |batch: &Batch, observer: &mut StageObserver<'_>| match batch.first {
            4 => Err(SessionError::Maker),
            _ => make(batch, observer),
        };
        let makers: [&Make<'_>; 2] = [&fails; 2];
        let ended = stream_in_flight(&mut sound(), AT_ONCE, &mut kept, &makers, &mut go_on);
        assert!(matches!(ended, Err(SessionError::Maker)), "{ended:?}");
        assert_beginning(&kept.values);

        let mut kept = Kept::default();
        let makers: [&Make<'_>; 2] = [&make; 2];
        let mut source = Given { fails_at: Some(4) };
        let ended = stream_in_flight(&mut source, AT_ONCE, &mut kept, &makers, &mut go_on);
        assert!(
            matches!(ended, Err(SessionError::Source { first: 4, .. })),
            "{ended:?}"
        );
        assert_beginning(&kept.values);
    });
}

#[test]
fn a_wish_to_stop_ends_it_and_no_part_comes_after() {
    in_all_orders(|| {
        let mut kept = Kept::default();
        let makers: [&Make<'_>; 2] = [&make; 2];
        let mut observer = |done| match done {
            0..3 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        };
        let ended = stream_in_flight(&mut sound(), AT_ONCE, &mut kept, &makers, &mut observer);
        assert!(matches!(ended, Err(SessionError::Cancelled)), "{ended:?}");
        assert_beginning(&kept.values);
    });
}

/// A panic of one lane is the caller's, and nobody waits for its part.
#[test]
fn a_maker_that_panics_is_heard_of() {
    in_all_orders(|| {
        let mut kept = Kept::default();
        let panics = |batch: &Batch, observer: &mut StageObserver<'_>| {
            if batch.first == 2 {
                std::panic::resume_unwind(Box::new("a maker's"));
            }
            make(batch, observer)
        };
        let makers: [&Make<'_>; 2] = [&panics; 2];
        let work = || stream_in_flight(&mut sound(), AT_ONCE, &mut kept, &makers, &mut go_on);
        let panic = catch_unwind(AssertUnwindSafe(work)).expect_err("a panic");
        assert_eq!(panic.downcast_ref(), Some(&"a maker's"));
        assert_beginning(&kept.values);
    });
}

#[test]
fn one_part_is_taken_while_the_next_is_made() {
    for fails_at in [None, Some(2), Some(6)] {
        in_all_orders(move || {
            let mut kept = Kept {
                fails_at,
                ..Kept::default()
            };
            let mut source = sound();
            let parts = Parts::new(&mut source, 1, AT_ONCE);
            let ended = stream(parts, &mut kept, |_, part| make(part, &mut go_on));
            match fails_at {
                None => assert_eq!(kept.values, all()),
                Some(at) => {
                    let is_its_own = |error: &SessionError| matches!(error, SessionError::Sink { first, .. } if *first == at);
                    assert!(ended.as_ref().is_err_and(is_its_own), "{ended:?}");
                    assert_beginning(&kept.values);
                }
            }
        });
    }
}
