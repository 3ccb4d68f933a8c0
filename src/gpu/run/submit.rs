//! Running a whole plan for those who have no frame loop: submissions bounded in time, so that no
//! watchdog fires.

use std::ops::{ControlFlow, Range};

use wgpu::{CommandEncoder, CommandEncoderDescriptor};

use super::pace::Pace;
use super::prepared::Run;
use super::shard::RunShard;
use crate::clock::Instant;
use crate::diffusion::Plan;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::link::Link;

/// FLOP that the first submission does at most: 100 ms at 20 GFLOP/s, as slow as a device gets.
const CAUTIOUS_FLOP: usize = 2_000_000_000;

/// How much of a run is submitted at a time, and the parts that this takes.
pub struct Pacing {
    pace: Pace,
    /// Samples in each of the slices, and the slices; none before a row is divided.
    slices: (usize, Vec<RunShard>),
}

impl Pacing {
    /// Nothing is known of the device yet.
    pub fn new(run: &Run) -> Self {
        let target = run.compiled().options().submission_target.as_secs_f64();
        Self {
            pace: Pace::new(target, run.count(), run.cautious_samples()),
            slices: (0, Vec::new()),
        }
    }

    /// Submits as many rows from the first of `rows` on as one submission may take, or that row in
    /// slices, and awaits them. Returns the row after them; none if `between`, which is asked
    /// between slices, stopped it: the run is poisoned then, as some samples are a row ahead. The
    /// caller holds the right to submit.
    pub async fn submit(
        &mut self,
        run: &Run,
        link: Link<'_>,
        plan: &Plan,
        rows: Range<usize>,
        mut between: impl FnMut() -> ControlFlow<()>,
    ) -> Result<Option<usize>, SamplerError> {
        let rows = rows.start..(rows.start + self.pace.rows).min(rows.end);
        let started = Instant::now();
        if self.pace.whole() {
            run.submit_rows(link, plan, rows.clone()).await?;
        } else {
            let samples = self.pace.samples;
            if self.slices.0 != samples {
                let sliced = run.slices(link.device, link.queue, samples).await?;
                self.slices = (samples, sliced);
            }
            for (index, slice) in self.slices.1.iter().enumerate() {
                if index > 0 && between().is_break() {
                    run.run_state().poison();
                    return Ok(None);
                }
                run.submit_recorded(link, |encoder| {
                    run.record_shard(encoder, slice, plan, rows.clone(), None);
                })
                .await?;
            }
        }
        self.pace.learn(started.elapsed().as_secs_f64(), rows.len());
        Ok(Some(rows.end))
    }
}

impl Run {
    /// Submits rows of a plan and awaits them, some at a time: some rows of all samples, or some
    /// samples of a row. `progress` is told how many rows are done, also between the samples of a
    /// row, and may stop the run. Returns whether all of `rows` ran.
    pub(in crate::gpu) async fn submit(
        &self,
        link: Link<'_>,
        plan: &Plan,
        rows: Range<usize>,
        mut progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<bool, SamplerError> {
        let _submitting = self.run_state().submitting()?;
        if rows.is_empty() {
            self.submit_rows(link, plan, rows).await?;
            return Ok(true);
        }
        if rows.start > 0 {
            self.run_state().check_sound()?;
        }
        let mut pacing = Pacing::new(self);
        let mut row = rows.start;
        while row < rows.end {
            let left = row..rows.end;
            let done = pacing.submit(self, link, plan, left, || progress(row));
            let Some(end) = done.await? else {
                return Ok(false);
            };
            row = end;
            if progress(row).is_break() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Submits rows at once and awaits them. The caller holds the right to submit.
    pub(super) async fn submit_rows(
        &self,
        link: Link<'_>,
        plan: &Plan,
        rows: Range<usize>,
    ) -> Result<(), SamplerError> {
        if rows.start > 0 {
            self.run_state().check_sound()?;
        }
        self.submit_recorded(link, |encoder| self.record(encoder, plan, rows, None))
            .await
    }

    /// Samples of the first submission to a device of which nothing is known.
    fn cautious_samples(&self) -> usize {
        let compiled = self.compiled();
        CAUTIOUS_FLOP / compiled.network().flop(compiled.dims()).max(1)
    }

    /// Submits what `record` records of the run, and awaits it.
    async fn submit_recorded(
        &self,
        link: Link<'_>,
        record: impl FnOnce(&mut CommandEncoder),
    ) -> Result<(), SamplerError> {
        let submission = link.checked("a submission", || {
            let mut encoder = link
                .device
                .create_command_encoder(&CommandEncoderDescriptor {
                    label: Some("ddim.sample"),
                });
            record(&mut encoder);
            // Until all of it is known to have run, also if this future is dropped before.
            self.run_state().poison();
            link.queue.submit([encoder.finish()])
        });
        let submission = submission.await?;
        link.done(submission).await?;
        self.run_state().clear();
        Ok(())
    }
}
