//! Frames of a run: which, of what, and that they change nothing.

use std::ops::ControlFlow;

use ddim_wgpu::session::{Frame, Frames, SessionError, TrajectoryState};
use ddim_wgpu::{Batch, Progress, no_progress};

use super::{backends, session};

#[test]
fn frames_are_the_states_between_stages() {
    let batch = Batch::new(7).seed(3);
    for backend in backends() {
        let long = session(&backend, 6, 1.0);
        let samples = long.sample(&batch).expect("samples");
        let kept = TrajectoryState::State;
        let trajectory = long.trajectory(&batch, &Frames::All, kept, &mut no_progress);
        let trajectory = trajectory.expect("a trajectory");
        assert_eq!(trajectory.samples(), &samples);
        assert_eq!(trajectory.stages(), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(trajectory.frames()[6], samples.values());
        let noise = ddim_wgpu::session::Noise::new(&backend, samples.dims());
        let start = noise.expect("a source").draw(&batch, 0).expect("noise");
        assert_eq!(trajectory.frames()[0], start);

        let some = Frames::After(vec![2, 5]);
        let some = long.trajectory(&batch, &some, kept, &mut no_progress);
        let (same, frames) = some.expect("a trajectory").into_parts();
        assert_eq!(same, samples, "looking changes nothing");
        assert_eq!(frames[0], trajectory.frames()[2]);
        assert_eq!(frames[1], trajectory.frames()[5]);
    }
}

#[test]
fn the_last_x0_of_ddim_is_the_sample() {
    for backend in backends() {
        let session = session(&backend, 4, 0.0);
        let frames = Frames::AtMost(2);
        let kept = TrajectoryState::X0;
        let found = session.trajectory(&Batch::new(3), &frames, kept, &mut no_progress);
        let found = found.expect("a trajectory");
        assert_eq!(found.stages(), [1, 4]);
        let (last, samples) = (&found.frames()[1], found.samples().values());
        for (x0, x) in last.iter().zip(samples) {
            assert!((x0 - x).abs() < 1e-5, "{x0}, not {x}");
        }
    }
}

#[test]
fn a_watched_run_can_be_stopped_at_a_frame() {
    for backend in backends() {
        let session = session(&backend, 6, 0.0);
        let (batch, frames) = (Batch::new(3), Frames::After(vec![1, 3, 5]));
        let mut seen = Vec::new();
        let stopped = session.watch(&batch, &frames, TrajectoryState::State, &mut |frame| {
            assert_eq!(frame.first, 0);
            seen.push((frame.index, frame.stage));
            if frame.stage == 3 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert!(matches!(stopped, Err(SessionError::Cancelled)));
        assert_eq!(seen, [(0, 1), (1, 3)]);
    }
}

#[test]
fn a_watched_run_can_be_stopped_between_frames() {
    for backend in backends() {
        let session = session(&backend, 6, 0.0);
        let (batch, frames) = (Batch::new(3), Frames::After(vec![2]));
        let mut seen = 0;
        let mut on_frame = |_: Frame<'_>| {
            seen += 1;
            ControlFlow::Continue(())
        };
        let mut told = 0;
        let mut observer = |progress: Progress| {
            told = progress.done;
            if progress.done > 2 * 3 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let kept = TrajectoryState::State;
        let stopped = session.watch_with(&batch, &frames, kept, &mut on_frame, &mut observer);
        assert!(matches!(stopped, Err(SessionError::Cancelled)));
        assert_eq!(seen, 1);
        assert!(told > 6, "{told}");
    }
}

#[test]
fn frames_that_cannot_be_are_refused() {
    for backend in backends() {
        let session = session(&backend, 6, 0.0);
        for (frames, kept) in [
            (vec![7], TrajectoryState::State),
            (vec![3, 2], TrajectoryState::State),
            (vec![0], TrajectoryState::X0),
        ] {
            let frames = Frames::After(frames);
            let result = session.trajectory(&Batch::new(1), &frames, kept, &mut no_progress);
            assert!(
                matches!(result, Err(SessionError::Frame { stages: 6, .. })),
                "{frames:?}"
            );
        }
    }
}
