//! Running a whole plan for those who have no frame loop: submissions bounded in time, so that no watchdog fires.

use std::ops::{ControlFlow, Range};
use std::time::{Duration, Instant};

use wgpu::{CommandEncoder, CommandEncoderDescriptor, Device, Queue};

use super::pace::Pace;
use super::readback::wait_for;
use super::run::Run;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::checked;
use crate::gpu::program::network_buffers::NetworkBuffers;
use crate::gpu::sampler::DiffusionSampler;

/// Device time that one submission aims at.
pub const SUBMISSION_TARGET: Duration = Duration::from_millis(100);

/// FLOP that the first submission does at most: 100 ms at 20 GFLOP/s, as slow as a device gets.
const CAUTIOUS_FLOP: usize = 2_000_000_000;
/// FLOP a value for a network of which nothing is known.
const UNKNOWN_FLOP: usize = 1000;

impl DiffusionSampler {
    /// Submits rows of a run and waits for them, some at a time: some rows of all samples, or some samples of a row, so that none takes
    /// much longer than [`SamplerOptions::submission_target`](crate::gpu::program::options::SamplerOptions::submission_target). `progress` hears how many rows of the plan are done, and may
    /// stop the run. A range that starts at row 0 starts the run anew, also an empty one.
    ///
    /// Submits and polls; for use outside a host's frame loop. Returns whether all of `rows` ran.
    ///
    /// # Errors
    /// [`SamplerError::Timeout`] and [`SamplerError::DeviceLost`], after which the run is poisoned: until it is started again from
    /// row 0 it gives [`SamplerError::Poisoned`].
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
        if rows.start > 0 {
            run.check_sound()?;
        }
        let target = self.options.submission_target.as_secs_f64();
        let mut pace = Pace::new(target, run.count(), self.cautious_samples());
        let mut slices = (0, Vec::new());
        let mut row = rows.start;
        while row < rows.end {
            let end = (row + pace.rows).min(rows.end);
            let started = Instant::now();
            if pace.whole() {
                self.submit(device, queue, run, row..end)?;
            } else {
                if slices.0 != pace.samples {
                    slices = (pace.samples, run.slices(self, device, queue, pace.samples)?);
                }
                for slice in &slices.1 {
                    self.submit_and_wait(device, queue, run, |encoder| {
                        self.encode_part(encoder, slice, row..end);
                    })?;
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

    /// Samples of the first submission to a device of which nothing is known.
    fn cautious_samples(&self) -> usize {
        let flop = match &self.network {
            NetworkBuffers::Mlp { model, .. } => {
                let config = model.config();
                let inner = config.input_features() + config.dims();
                2 * config.hidden_size * (inner + config.num_blocks * config.hidden_size)
            }
            NetworkBuffers::Wgsl { .. } | NetworkBuffers::External => UNKNOWN_FLOP * self.dims,
        };
        CAUTIOUS_FLOP / flop.max(1)
    }

    pub(crate) fn submit(
        &self,
        device: &Device,
        queue: &Queue,
        run: &Run,
        rows: Range<usize>,
    ) -> Result<(), SamplerError> {
        if rows.start > 0 {
            run.check_sound()?;
        }
        self.submit_and_wait(device, queue, run, |encoder| {
            self.encode(encoder, run, rows);
        })
    }

    /// Submits what `record` records of a run, and waits for it.
    fn submit_and_wait(
        &self,
        device: &Device,
        queue: &Queue,
        run: &Run,
        record: impl FnOnce(&mut CommandEncoder),
    ) -> Result<(), SamplerError> {
        let submission = checked(device, "a submission", || {
            let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor {
                label: Some("ddim.sample"),
            });
            record(&mut encoder);
            queue.submit([encoder.finish()])
        });
        // Until all of it is known to have run.
        run.set_poisoned(true);
        wait_for(device, Some(submission?), self.options.timeout)?;
        run.set_poisoned(false);
        Ok(())
    }
}
