//! Running a whole plan for those who have no frame loop: submissions bounded in time, so that no
//! watchdog fires.

use std::ops::{ControlFlow, Range};

use wgpu::{CommandEncoder, CommandEncoderDescriptor};

use super::pace::Pace;
use super::prepared::Run;
use crate::clock::Instant;
use crate::diffusion::Plan;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::link::Link;

/// FLOP that the first submission does at most: 100 ms at 20 GFLOP/s, as slow as a device gets.
const CAUTIOUS_FLOP: usize = 2_000_000_000;

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
        let target = self.compiled().options().submission_target.as_secs_f64();
        let mut pace = Pace::new(target, self.count(), self.cautious_samples());
        let mut slices = (0, Vec::new());
        let mut row = rows.start;
        while row < rows.end {
            let end = (row + pace.rows).min(rows.end);
            let started = Instant::now();
            if pace.whole() {
                self.submit_rows(link, plan, row..end).await?;
            } else {
                if slices.0 != pace.samples {
                    let sliced = self.slices(link.device, link.queue, pace.samples).await?;
                    slices = (pace.samples, sliced);
                }
                for (index, slice) in slices.1.iter().enumerate() {
                    if index > 0 && progress(row).is_break() {
                        // Some samples are a row ahead.
                        self.run_state().poison();
                        return Ok(false);
                    }
                    self.submit_recorded(link, |encoder| {
                        self.record_shard(encoder, slice, plan, row..end, None);
                    })
                    .await?;
                }
            }
            pace.learn(started.elapsed().as_secs_f64(), end - row);
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
