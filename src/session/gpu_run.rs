//! A session's runs on a GPU.

use std::ops::ControlFlow;

use crate::batch::Batch;
use crate::gpu::{DiffusionSampler, Link, SamplerError};
use crate::inversion::{FixedPoint, Inversion};
use crate::progress::Progress;

use super::error::SessionError;
use super::trajectory::{Frame, TrajectoryState};
use super::watch::{Observer, StageObserver, Watch};

/// Runs the plan on as many samples from the beginning of `batch` as the device has memory for.
pub async fn run(
    link: Link<'_>,
    sampler: &DiffusionSampler,
    batch: &Batch,
    first: usize,
    watch: &mut Watch<'_>,
    mut observer: Option<&mut StageObserver<'_>>,
) -> Result<Vec<f32>, SessionError> {
    let prepared = sampler.prepare_fitting_async(link.device, link.queue, batch);
    let run = keep_alive(link, prepared.await)?;
    let samples = run.count() as u64;
    let mut stage = 0;
    let ends = watch.stages.iter().copied().chain([sampler.len()]);
    for (index, end) in ends.enumerate() {
        let progress = |stages: usize| match &mut observer {
            Some(observer) => observer(samples * stages as u64),
            None => ControlFlow::Continue(()),
        };
        let submitted = sampler.submit_by(link, &run, stage..end, progress);
        if !keep_alive(link, submitted.await)? {
            return Err(SessionError::Cancelled);
        }
        stage = end;
        if index < watch.stages.len() {
            let values = match watch.kept {
                TrajectoryState::State => run.gather_state(link).await,
                TrajectoryState::X0 => run.gather_x0(link).await,
            };
            watch.show(Frame {
                index,
                stage,
                first,
                values: &keep_alive(link, values)?,
            })?;
        }
    }
    keep_alive(link, run.gather_state(link).await)
}

/// Encodes by inverting the stages of the sampler's plan.
pub async fn invert(
    link: Link<'_>,
    sampler: &DiffusionSampler,
    batch: &Batch,
    settings: &FixedPoint,
    observer: &mut Observer<'_>,
) -> Result<Inversion, SessionError> {
    let count = batch.count as u64;
    let total = count * sampler.len() as u64;
    let progress = |stages: usize| observer(Progress::new(count * stages as u64, total));
    let inversion = sampler.invert_by(link, batch, settings, progress);
    keep_alive(link, inversion.await)?.ok_or(SessionError::Cancelled)
}

/// Passes a result on. After a timeout the queue is kept for ever: its last owner
/// waits for it, and it hangs.
fn keep_alive<T>(link: Link<'_>, result: Result<T, SamplerError>) -> Result<T, SessionError> {
    if let Err(SamplerError::Timeout { .. }) = &result {
        std::mem::forget(link.queue.clone());
    }
    Ok(result?)
}
