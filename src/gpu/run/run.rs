//! A batch on its way from noise to samples: buffers, and the dispatches that move them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use wgpu::{Buffer, BufferUsages, Device, Queue};

use super::shard::{PartBuffers, RunPart};
use crate::batch::Batch;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::checked;
use crate::gpu::program::buffers::empty;
use crate::gpu::sampler::DiffusionSampler;
use crate::gpu::shader::uniforms::{RunUniform, halves};
use crate::noise::INITIAL_DRAW;

/// Slices are whole multiples of this many samples: then each begins at a multiple of 256 bytes, which every device can bind.
const SLICE: usize = 64;

/// A batch's buffers on a device. A batch beyond the device's limits has several [`RunPart`]s, any other has one.
#[derive(Debug)]
pub struct Run {
    pub(crate) parts: Vec<RunPart>,
    pub(crate) batch: Batch,
    /// Draw that starts the run; 0, x_T, but for [`NoiseSource`](crate::gpu::noise_source::NoiseSource).
    draw: u32,
    pub(crate) dims: usize,
    num_classes: Option<usize>,
    /// How long blocking functions wait for the device.
    pub(crate) timeout: Duration,
    /// Whether a blocking submission of rows has failed and none has started the run anew since.
    poisoned: AtomicBool,
}

/// Why a run could not be made.
#[derive(Debug)]
pub struct Unprepared {
    pub error: SamplerError,
    /// As many samples from the batch's beginning would fail again.
    pub too_many: usize,
}

impl From<SamplerError> for Unprepared {
    fn from(error: SamplerError) -> Self {
        Self {
            error,
            too_many: usize::MAX,
        }
    }
}

impl Run {
    pub(crate) fn new(
        sampler: &DiffusionSampler,
        device: &Device,
        queue: &Queue,
        batch: &Batch,
    ) -> Result<Self, Unprepared> {
        batch
            .validate(sampler.dims, sampler.num_classes)
            .map_err(SamplerError::from)?;
        let limits = device.limits();
        let limit = sampler.part_limit(&limits);
        let mut run = Self {
            parts: Vec::with_capacity(batch.count.div_ceil(limit)),
            batch: batch.clone(),
            draw: INITIAL_DRAW,
            dims: sampler.dims,
            num_classes: sampler.num_classes,
            timeout: sampler.options.timeout,
            poisoned: AtomicBool::new(false),
        };
        let scratch = (sampler.scratch_bytes > 0).then(|| {
            let workgroups = batch
                .count
                .min(limit)
                .div_ceil(sampler.samples_per_workgroup as usize);
            let bytes = (workgroups * sampler.scratch_bytes) as u64;
            // Parts run one after another, so they share it.
            checked(device, "a batch's scratch memory", || {
                empty(device, "ddim.scratch", bytes, BufferUsages::STORAGE)
            })
        });
        let scratch = scratch.transpose()?;
        if batch.inpaint.is_some() {
            sampler.compile_mask(device)?;
        }
        for first in (0..batch.count).step_by(limit) {
            let samples = first..(first + limit).min(batch.count);
            let too_many = samples.end;
            let part = checked(device, "a batch's buffers", || {
                let buffers =
                    PartBuffers::new(sampler, device, batch, samples.len(), scratch.clone());
                let window = 0..samples.len();
                RunPart::new(sampler, device, &limits, buffers, samples, window)
            });
            run.parts
                .push(part.map_err(|error| Unprepared { error, too_many })?);
        }
        run.upload(queue);
        Ok(run)
    }

    /// The samples made, in order: each part holds the next of them.
    #[must_use]
    pub fn parts(&self) -> &[RunPart] {
        &self.parts
    }

    /// x of all samples, `[count, D]` f32, for a run of one part; the state after the last encoded step once that has run.
    ///
    /// # Panics
    /// If the batch was split; use [`Run::parts`].
    #[must_use]
    pub fn state(&self) -> &Buffer {
        self.only_part().state()
    }

    /// x̂₀ of all samples, `[count, D]` f32, for a run of one part.
    ///
    /// # Panics
    /// If the batch was split; use [`Run::parts`].
    #[must_use]
    pub fn x0(&self) -> &Buffer {
        self.only_part().x0()
    }

    /// Where an external network writes its output, `[count, D]` f32; none for other networks.
    ///
    /// # Panics
    /// If the batch was split; use [`Run::parts`].
    #[must_use]
    pub fn out(&self) -> Option<&Buffer> {
        self.only_part().out()
    }

    /// Refuses a run whose state nobody knows.
    pub(crate) fn check_sound(&self) -> Result<(), SamplerError> {
        if self.poisoned.load(Ordering::Relaxed) {
            return Err(SamplerError::Poisoned);
        }
        Ok(())
    }

    pub(crate) fn set_poisoned(&self, poisoned: bool) {
        self.poisoned.store(poisoned, Ordering::Relaxed);
    }

    fn only_part(&self) -> &RunPart {
        assert!(
            self.parts.len() == 1,
            "the batch is split into {} parts: go through Run::parts",
            self.parts.len()
        );
        &self.parts[0]
    }

    /// Samples in the run.
    #[must_use]
    pub fn count(&self) -> usize {
        self.batch.count
    }

    /// Changes the seed. Takes effect with the next submit; no new buffer.
    pub fn set_seed(&mut self, queue: &Queue, seed: u64) {
        self.batch.seed = seed;
        self.upload(queue);
    }

    /// Changes the batch — seed, offset, classes, guidance, the values of an initial state and of known data — but for its size.
    /// No new buffer.
    ///
    /// # Errors
    /// [`SamplerError::Batch`] if the network cannot take it; [`SamplerError::BatchShape`] if its size or the presence of an
    /// initial state or of known data differs.
    pub fn set_batch(&mut self, queue: &Queue, batch: &Batch) -> Result<(), SamplerError> {
        batch.validate(self.dims, self.num_classes)?;
        if batch.count != self.batch.count
            || batch.initial.is_some() != self.batch.initial.is_some()
            || batch.inpaint.is_some() != self.batch.inpaint.is_some()
        {
            return Err(SamplerError::BatchShape {
                expected: self.batch.count,
                found: batch.count,
            });
        }
        self.batch = batch.clone();
        self.upload(queue);
        Ok(())
    }

    /// Changes the draw that starts the run.
    pub(crate) fn set_draw(&mut self, queue: &Queue, draw: u32) {
        self.draw = draw;
        self.upload(queue);
    }

    /// Writes x of all samples, `[count, D]`, for row `row` to read. Row 0 takes its state from the initial one, so the run must have
    /// been prepared with one.
    pub(crate) fn write_state(&self, queue: &Queue, row: usize, values: &[f32]) {
        for part in &self.parts {
            let target = match &part.buffers.initial {
                Some(initial) if row == 0 => initial,
                _ => &part.buffers.state,
            };
            let range = part.samples.start * self.dims..part.samples.end * self.dims;
            queue.write_buffer(target, 0, bytemuck::cast_slice(&values[range]));
        }
    }

    /// The run in slices of at most `samples` samples, rounded up to whole ones: the same buffers, and less of them to a dispatch.
    pub(crate) fn slices(
        &self,
        sampler: &DiffusionSampler,
        device: &Device,
        queue: &Queue,
        samples: usize,
    ) -> Result<Vec<RunPart>, SamplerError> {
        let limits = device.limits();
        let length = samples.next_multiple_of(SLICE);
        let mut slices = Vec::new();
        for part in &self.parts {
            let count = part.samples.len();
            for first in (0..count).step_by(length) {
                let window = first..(first + length).min(count);
                let samples = part.samples.start + window.start..part.samples.start + window.end;
                let buffers = part.buffers.clone();
                let slice = checked(device, "a slice of a batch", || {
                    RunPart::new(sampler, device, &limits, buffers, samples, window)
                })?;
                self.upload_uniform(queue, &slice);
                slices.push(slice);
            }
        }
        Ok(slices)
    }

    fn null_class(&self) -> u32 {
        self.num_classes.unwrap_or(0) as u32
    }

    fn upload_uniform(&self, queue: &Queue, part: &RunPart) {
        let uniform = RunUniform {
            key: halves(self.batch.seed),
            first_sample: halves(self.batch.sample_offset + part.samples.start as u64),
            count: part.samples.len() as u32,
            guidance: self.batch.guidance,
            null_class: self.null_class(),
            draw: self.draw,
        };
        queue.write_buffer(&part.uniform, 0, bytemuck::bytes_of(&uniform));
    }

    fn upload(&self, queue: &Queue) {
        for part in &self.parts {
            self.upload_uniform(queue, part);
            if self.num_classes.is_some() {
                let classes: Vec<u32> = part
                    .samples
                    .clone()
                    .map(|i| {
                        self.batch
                            .class_of(i, self.num_classes)
                            .unwrap_or(self.null_class())
                    })
                    .collect();
                queue.write_buffer(&part.buffers.classes, 0, bytemuck::cast_slice(&classes));
            }
            let range = part.samples.start * self.dims..part.samples.end * self.dims;
            if let (Some(buffer), Some(values)) = (&part.buffers.initial, &self.batch.initial) {
                queue.write_buffer(buffer, 0, bytemuck::cast_slice(&values[range.clone()]));
            }
            if let (Some(buffers), Some(known)) = (&part.buffers.known, &self.batch.inpaint) {
                buffers.upload(queue, known, range);
            }
        }
    }
}
