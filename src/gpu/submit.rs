//! Running a whole plan for those who have no frame loop: submissions bounded in time, so that no watchdog fires.

use std::ops::{ControlFlow, Range};
use std::time::{Duration, Instant};

use wgpu::{CommandEncoderDescriptor, Device, Queue};

use super::error::SamplerError;
use super::readback::wait;
use super::run::Run;
use super::sampler::Sampler;

/// Device time that one submission aims at.
pub const SUBMISSION_TARGET: Duration = Duration::from_millis(100);

impl Sampler {
    /// Submits rows of a run and waits for them, some at a time. `progress` hears how many rows of the plan are done, and may
    /// stop the run. A range that starts at row 0 starts the run anew, also an empty one.
    ///
    /// Submits and polls; for use outside a host's frame loop. Returns whether all of `rows` ran.
    ///
    /// # Errors
    /// [`SamplerError::Timeout`], [`SamplerError::DeviceLost`].
    pub fn submit_blocking(
        &self,
        device: &Device,
        queue: &Queue,
        run: &Run,
        rows: Range<usize>,
        mut progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<bool, SamplerError> {
        if rows.is_empty() {
            self.submit(device, queue, run, rows)?;
            return Ok(true);
        }
        let mut row = rows.start;
        let mut rows_at_once = 1;
        while row < rows.end {
            let end = (row + rows_at_once).min(rows.end);
            let started = Instant::now();
            self.submit(device, queue, run, row..end)?;
            let per_row = started.elapsed().as_secs_f64() / (end - row) as f64;
            // Grows by at most four, because the first rows pay for what is set up lazily.
            let fit = (SUBMISSION_TARGET.as_secs_f64() / per_row) as usize;
            rows_at_once = fit.clamp(1, rows_at_once * 4);
            row = end;
            if progress(row).is_break() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(crate) fn submit(
        &self,
        device: &Device,
        queue: &Queue,
        run: &Run,
        rows: Range<usize>,
    ) -> Result<(), SamplerError> {
        let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor {
            label: Some("ddim.sample"),
        });
        self.encode(&mut encoder, run, rows);
        wait(device, Some(queue.submit([encoder.finish()])))
    }
}
