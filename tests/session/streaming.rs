//! Samples in parts: the same samples, in order, whatever the parts; and sinks that fail.

use std::num::NonZeroUsize;
use std::ops::{ControlFlow, Range};

use ddim_wgpu::gpu::SamplerOptions;
use ddim_wgpu::session::{Collect, Part, SessionError, SessionOptions, Sink, SinkError, Source};
use ddim_wgpu::{Backend, Batch, ClassChoice, Session, no_progress};

use super::{backends, model, plan, session};

fn in_parts(backend: &Backend, samples: usize) -> Session {
    let model = model();
    let plan = plan(&model, 5, 1.0);
    let samples = NonZeroUsize::new(samples).expect("a size");
    let options = SessionOptions::default()
        .part_samples(samples)
        .gpu(SamplerOptions::default());
    Session::with_options(backend, &model, &plan, &options).expect("a session")
}

/// Remembers where parts began.
#[derive(Default)]
struct Order {
    collected: Collect,
    first: Vec<usize>,
}

impl Sink for Order {
    fn take(&mut self, part: Part<'_>) -> Result<(), SinkError> {
        self.first.push(part.first);
        self.collected.take(part)
    }
}

#[test]
fn parts_do_not_change_samples() {
    let batch = Batch::new(23)
        .seed(4)
        .sample_offset(7)
        .class(ClassChoice::Cyclic);
    for backend in backends() {
        let whole = session(&backend, 5, 1.0).sample(&batch).expect("samples");
        for at_once in [1, 5, 22, 23, 100] {
            let mut sink = Order::default();
            in_parts(&backend, at_once)
                .sample_into(&batch, &mut sink, &mut no_progress)
                .expect("samples");
            let expected: Vec<usize> = (0..23).step_by(at_once).collect();
            assert_eq!(sink.first, expected, "{at_once} at once");
            assert_eq!(sink.collected.into_values(), whole.values());
        }
    }
}

/// States to start from that are made when they are asked for.
struct States<'a> {
    batch: &'a Batch,
    asked: Vec<Range<usize>>,
}

impl Source for States<'_> {
    fn count(&self) -> usize {
        self.batch.count
    }

    fn part(&mut self, range: Range<usize>) -> Result<Batch, SinkError> {
        self.asked.push(range.clone());
        if range.end > 20 {
            return Err("the file ends here".into());
        }
        Ok(self.batch.part(range))
    }
}

#[test]
fn a_source_is_asked_for_each_part_once_and_may_fail() {
    for backend in backends() {
        let dims: usize = model().sample_shape().iter().product();
        let states = (0..20 * dims).map(|i| (i % 17) as f32 / 9.0 - 1.0);
        let batch = Batch::new(20).seed(4).initial(states.collect());
        let batch = batch.class(ClassChoice::Cyclic);
        let whole = session(&backend, 5, 1.0).sample(&batch).expect("samples");
        let run = |batch: &Batch| {
            let (mut sink, asked) = (Collect::new(), Vec::new());
            let mut source = States { batch, asked };
            let session = in_parts(&backend, 6);
            let made = session.sample_from(&mut source, &mut sink, &mut no_progress);
            (made, source.asked, sink.into_values())
        };
        let (made, asked, values) = run(&batch);
        made.expect("samples");
        assert_eq!(asked, [0..6, 6..12, 12..18, 18..20]);
        assert_eq!(values, whole.values());
        let (made, ..) = run(&Batch::new(30).class(ClassChoice::Cyclic));
        let first = match made {
            Err(SessionError::Source { first, source }) => {
                assert_eq!(source.to_string(), "the file ends here");
                first
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(first, 18);
    }
}

#[test]
fn several_devices_of_a_class_make_one_run() {
    let batch = Batch::new(23).seed(4).class(ClassChoice::Cyclic);
    // Two devices each: the second is opened anew.
    for (one, other) in backends().into_iter().zip(backends()) {
        let whole = session(&one, 5, 1.0).sample(&batch).expect("samples");
        let sessions = [in_parts(&one, 4), in_parts(&other, 4)];
        let sessions = sessions.each_ref();
        let mut sink = Order::default();
        let mut told = 0;
        let observer = &mut |progress: ddim_wgpu::Progress| {
            assert!(progress.done >= told, "{progress:?}");
            told = progress.done;
            ControlFlow::Continue(())
        };
        Session::sample_across(&sessions, false, &mut &batch, &mut sink, observer)
            .expect("samples");
        assert_eq!(sink.first, [0, 4, 8, 12, 16, 20]);
        assert_eq!(sink.collected.into_values(), whole.values());
        assert_eq!(told, 23 * 5);
    }
}

#[test]
fn devices_of_other_classes_are_refused_unless_they_may_be_mixed() {
    let sessions = backends().map(|backend| in_parts(&backend, 4));
    let sessions = sessions.each_ref();
    let batch = Batch::new(23).class(ClassChoice::Cyclic);
    let run = |mixed| {
        let mut sink = Collect::new();
        Session::sample_across(&sessions, mixed, &mut &batch, &mut sink, &mut no_progress)
            .map(|()| sink.into_values().len())
    };
    match run(false) {
        Err(SessionError::Classes { first, other }) => assert_ne!(first, other),
        other => panic!("{other:?}"),
    }
    let dims: usize = model().sample_shape().iter().product();
    assert_eq!(run(true).expect("samples"), 23 * dims);
}

#[test]
fn progress_counts_all_parts() {
    for backend in backends() {
        let mut told = Vec::new();
        let observer = &mut |progress: ddim_wgpu::Progress| {
            assert_eq!(progress.total, 5 * 12);
            told.push(progress.done);
            ControlFlow::Continue(())
        };
        let session = in_parts(&backend, 5);
        let sink = &mut Collect::new();
        session
            .sample_into(&Batch::new(12), sink, observer)
            .expect("samples");
        assert!(told.is_sorted(), "{told:?}");
        assert_eq!(told.last(), Some(&60));
    }
}

#[test]
fn a_sink_that_fails_ends_the_run_with_its_reason() {
    for backend in backends() {
        for at_once in [4, 100] {
            let mut taken = 0;
            let mut sink = |part: Part<'_>| -> Result<(), SinkError> {
                if part.first >= 8 || at_once > 12 {
                    return Err("the disk is full".into());
                }
                taken += 1;
                Ok(())
            };
            let result = in_parts(&backend, at_once).sample_into(
                &Batch::new(12),
                &mut sink,
                &mut no_progress,
            );
            match result {
                Err(SessionError::Sink { first, source }) => {
                    assert_eq!(source.to_string(), "the disk is full");
                    assert_eq!(first, if at_once == 4 { 8 } else { 0 });
                }
                other => panic!("{other:?}"),
            }
            assert_eq!(taken, if at_once == 4 { 2 } else { 0 });
        }
    }
}

#[test]
fn a_stream_is_cancelled_between_its_parts() {
    for backend in backends() {
        let mut sink = Order::default();
        let observer = &mut |progress: ddim_wgpu::Progress| {
            if progress.done >= 5 * 4 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let result = in_parts(&backend, 4).sample_into(&Batch::new(400), &mut sink, observer);
        assert!(matches!(result, Err(SessionError::Cancelled)), "{result:?}");
        assert!(sink.first.len() <= 1, "{:?}", sink.first);
    }
}
