//! A session's runs on the CPU engine.

use std::ops::ControlFlow;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use crate::batch::Batch;
use crate::cpu::{CpuSampler, EngineError, Told};
use crate::inversion::{FixedPoint, Inversion};
use crate::progress::{Progress, no_progress};

use super::error::SessionError;
use super::telling::Telling;
use super::trajectory::{Frame, TrajectoryState};
use super::watch::{Observer, StageObserver, Watch};

/// How often the observer is told.
const TELL_EVERY: Duration = Duration::from_millis(50);

/// Runs the plan on a batch.
pub fn run(
    sampler: &CpuSampler<'_>,
    batch: &Batch,
    first: usize,
    watch: &mut Watch<'_>,
    mut observer: Option<&mut StageObserver<'_>>,
) -> Result<Vec<f32>, SessionError> {
    let alone = sampler.is_alone(batch.count);
    let mut state = work(alone, observer.as_deref_mut(), 0, |told| {
        sampler.start_told(batch, told)
    })?;
    let mut stage = 0;
    let ends = watch.stages.iter().copied().chain([sampler.plan().len()]);
    for (index, end) in ends.enumerate() {
        let before = batch.count as u64 * stage as u64;
        work(alone, observer.as_deref_mut(), before, |told| {
            sampler.advance_told(batch, stage..end, &mut state, told)
        })?;
        stage = end;
        if index < watch.stages.len() {
            let values = match watch.kept {
                TrajectoryState::State => &state.data,
                TrajectoryState::X0 => &state.x0,
            };
            watch.show(Frame {
                index,
                stage,
                first,
                values,
            })?;
        }
    }
    Ok(state.data)
}

/// Does `work`, and tells the observer, if there is one, how much more than `before` is done.
fn work<T: Send>(
    alone: bool,
    observer: Option<&mut StageObserver<'_>>,
    before: u64,
    work: impl FnOnce(Told<'_>) -> Result<T, EngineError> + Send,
) -> Result<T, EngineError> {
    let Some(observer) = observer else {
        return work(Told::Pool(&no_progress));
    };
    let observer: &mut Observer<'_> = &mut |progress| observer(before + progress.done);
    if alone {
        // Threads that wait for one another would cost more than a few samples.
        return work(Told::Here(observer));
    }
    observed(|told| work(Told::Pool(told)), observer)
}

/// Encodes by inverting the stages of the plan.
pub fn invert(
    sampler: &CpuSampler<'_>,
    batch: &Batch,
    settings: &FixedPoint,
    observer: &mut Observer<'_>,
) -> Result<Inversion, SessionError> {
    Ok(observed(
        |told| sampler.invert(batch, settings, told),
        observer,
    )?)
}

/// What the engine tells its progress to.
type Hearer<'a> = &'a (dyn Fn(Progress) -> ControlFlow<()> + Sync);

/// Does `work` on the threads of the pool, and tells the observer from this thread. The engine
/// reports on its workers, where no Python signal is seen and a callback would have to be `Sync`.
fn observed<T: Send>(
    work: impl FnOnce(Hearer<'_>) -> Result<T, EngineError> + Send,
    observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<T, EngineError> {
    let telling = Telling::default();
    let told = |progress| telling.hear(progress);
    let mut tell = || telling.pass_on(&mut *observer);
    let (finished, wait) = channel();
    let work = || {
        // The receiver is gone only if this thread's caller is.
        let _ = finished.send(work(&told));
    };
    let result = if cfg!(target_arch = "wasm32") || rayon::current_thread_index().is_some() {
        // A worker that waited would be missing among those that work; a browser has no other.
        work();
        wait.recv().expect("the work has sent its result")
    } else {
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| work());
            loop {
                match wait.recv_timeout(TELL_EVERY) {
                    Ok(result) => break result,
                    Err(RecvTimeoutError::Timeout) => tell(),
                    Err(RecvTimeoutError::Disconnected) => {
                        unreachable!("the sender outlives the scope")
                    }
                }
            }
        })
    };
    if result.is_ok() {
        tell();
        if telling.is_to_stop() {
            return Err(EngineError::Cancelled);
        }
    }
    result
}
