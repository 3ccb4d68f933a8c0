//! A session's runs on a GPU.

use std::ops::ControlFlow;

use crate::batch::Batch;
use crate::diffusion::Plan;
use crate::gpu::SamplerError;
use crate::inversion::{FixedPoint, Inversion};
use crate::progress::Progress;

use super::error::SessionError;
use super::ready::GpuParts;
use super::trajectory::{Frame, TrajectoryState};
use super::watch::{Observer, StageObserver, Watch};

/// Runs the plan on as many samples from the beginning of `batch` as the device has memory for.
pub fn run(
    gpu: GpuParts<'_>,
    batch: &Batch,
    first: usize,
    watch: &mut Watch<'_>,
    mut observer: Option<&mut StageObserver<'_>>,
) -> Result<Vec<f32>, SessionError> {
    let GpuParts {
        device,
        queue,
        sampler,
    } = gpu;
    let run = keep_alive(gpu, sampler.prepare_fitting(device, queue, batch))?;
    let samples = run.count() as u64;
    let mut stage = 0;
    let ends = watch.stages.iter().copied().chain([sampler.len()]);
    for (index, end) in ends.enumerate() {
        let went_on =
            sampler.submit_blocking(
                device,
                queue,
                &run,
                stage..end,
                |stages| match &mut observer {
                    Some(observer) => observer(samples * stages as u64),
                    None => ControlFlow::Continue(()),
                },
            );
        if !keep_alive(gpu, went_on)? {
            return Err(SessionError::Cancelled);
        }
        stage = end;
        if index < watch.stages.len() {
            let values = keep_alive(
                gpu,
                match watch.kept {
                    TrajectoryState::State => run.read_blocking(device, queue),
                    TrajectoryState::X0 => run.read_x0_blocking(device, queue),
                },
            )?;
            watch.show(Frame {
                index,
                stage,
                first,
                values: &values,
            })?;
        }
    }
    keep_alive(gpu, run.read_blocking(device, queue))
}

/// Encodes by inverting the stages of `plan`, the session's.
pub fn invert(
    gpu: GpuParts<'_>,
    plan: &Plan,
    batch: &Batch,
    settings: &FixedPoint,
    observer: &mut Observer<'_>,
) -> Result<Inversion, SessionError> {
    let count = batch.count as u64;
    let total = count * plan.len() as u64;
    let progress = |stages: usize| observer(Progress::new(count * stages as u64, total));
    let inversion = gpu
        .sampler
        .invert_blocking(gpu.device, gpu.queue, plan, batch, settings, progress);
    keep_alive(gpu, inversion)?.ok_or(SessionError::Cancelled)
}

/// Passes a result on. After a timeout the queue is kept for ever: its last owner waits for it, and it hangs.
fn keep_alive<T>(gpu: GpuParts<'_>, result: Result<T, SamplerError>) -> Result<T, SessionError> {
    if let Err(SamplerError::Timeout { .. }) = &result {
        std::mem::forget(gpu.queue.clone());
    }
    Ok(result?)
}
