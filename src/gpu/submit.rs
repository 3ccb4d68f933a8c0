//! Running a whole plan for those who have no frame loop: submissions bounded in time, so that no watchdog fires.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use wgpu::{CommandEncoderDescriptor, Device, Queue};

use super::error::SamplerError;
use super::readback::wait;
use super::run::Run;
use super::sampler::Sampler;

/// Device time that one submission aims at.
pub const SUBMISSION_TARGET: Duration = Duration::from_millis(100);

impl Sampler {
    /// Submits all rows of a run and waits for them, some at a time. `progress` hears how many rows are done, and may stop the run.
    ///
    /// Submits and polls; for use outside a host's frame loop. Returns whether all rows ran.
    ///
    /// # Errors
    /// [`SamplerError::Timeout`], [`SamplerError::DeviceLost`].
    pub fn submit_blocking(
        &self,
        device: &Device,
        queue: &Queue,
        run: &Run,
        mut progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<bool, SamplerError> {
        let mut row = 0;
        let mut rows_at_once = 1;
        while row < self.len() {
            let end = (row + rows_at_once).min(self.len());
            let started = Instant::now();
            let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor {
                label: Some("ddim.sample"),
            });
            self.encode(&mut encoder, run, row..end);
            let submission = queue.submit([encoder.finish()]);
            wait(device, Some(submission))?;
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
}
