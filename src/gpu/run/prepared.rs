//! A batch's buffers on a device.

use std::sync::Arc;

use wgpu::{Buffer, BufferUsages, Device, Queue};

use super::shard::RunShard;
use super::shard_buffers::ShardBuffers;
use super::state::RunState;
use crate::batch::Batch;
use crate::gpu::device::error::{BatchTrait, SamplerError};
use crate::gpu::device::error_scope::{checked, written};
use crate::gpu::device::memory;
use crate::gpu::program::buffers::empty;
use crate::gpu::program::compiled::Compiled;
use crate::gpu::shader::uniforms::{RunUniform, halves};
use crate::noise::INITIAL_DRAW;

/// Slices are whole multiples of this many samples: then each begins at a multiple of 256 bytes,
/// which every device can bind.
const SLICE: usize = 64;

/// A batch's buffers on a device. A batch beyond the device's limits has several [`RunShard`]s, any
/// other has one.
///
/// A run belongs to the sampler that prepared it, and one call submits it at a time: the states of
/// a run that two threads advance at once would be of no row.
#[derive(Debug)]
pub struct Run {
    compiled: Arc<Compiled>,
    shards: Vec<RunShard>,
    batch: Batch,
    /// Draw that starts the run; 0, x_T, but for [`NoiseSource`](crate::gpu::NoiseSource).
    draw: u32,
    state: Arc<RunState>,
}

/// The reason a run could not be made.
#[derive(Debug)]
pub struct PrepareError {
    pub error: SamplerError,
    /// As many samples from the batch's beginning would fail again.
    pub too_many: usize,
}

impl From<SamplerError> for PrepareError {
    fn from(error: SamplerError) -> Self {
        Self {
            error,
            too_many: usize::MAX,
        }
    }
}

impl Run {
    /// Allocates and fills the buffers of a batch.
    pub(in crate::gpu) async fn new(
        compiled: &Arc<Compiled>,
        device: &Device,
        queue: &Queue,
        batch: &Batch,
    ) -> Result<Self, PrepareError> {
        compiled.validate(batch)?;
        check_memory(compiled, device, batch)?;
        let limit = compiled.shard_limit(&device.limits());
        let scratch = scratch(compiled, device, batch.count.min(limit)).await?;
        if batch.inpaint.is_some() {
            compiled.compile_inpainting(device).await?;
        }
        let mut shards = Vec::with_capacity(batch.count.div_ceil(limit));
        for first in (0..batch.count).step_by(limit) {
            let samples = first..(first + limit).min(batch.count);
            let too_many = samples.end;
            let shard = checked(device, "a batch's buffers", || {
                let (count, scratch) = (samples.len(), scratch.clone());
                let buffers = ShardBuffers::new(compiled, device, batch, count, scratch);
                RunShard::new(compiled, device, buffers, samples, 0..count)
            });
            let failed = |error| PrepareError { error, too_many };
            shards.push(shard.await.map_err(failed)?);
        }
        let run = Self {
            compiled: compiled.clone(),
            shards,
            batch: batch.clone(),
            draw: INITIAL_DRAW,
            state: Arc::default(),
        };
        checked(device, "a batch's values", || run.upload(queue)).await?;
        Ok(run)
    }

    /// The samples in order: each shard holds the next of them.
    #[must_use]
    pub fn shards(&self) -> &[RunShard] {
        &self.shards
    }

    /// x of all samples, `[count, D]` f32, for a run of one shard: the state after the last encoded
    /// row, once that has run.
    ///
    /// # Panics
    /// If the batch was split; use [`Run::shards`].
    #[must_use]
    pub fn state(&self) -> &Buffer {
        self.only_shard().state()
    }

    /// x̂₀ of all samples, `[count, D]` f32, for a run of one shard.
    ///
    /// # Panics
    /// If the batch was split; use [`Run::shards`].
    #[must_use]
    pub fn x0(&self) -> &Buffer {
        self.only_shard().x0()
    }

    /// The ring of earlier estimates of all samples, for a run of one
    /// shard; see [`RunShard::ring`].
    ///
    /// # Panics
    /// If the batch was split; use [`Run::shards`].
    #[must_use]
    pub fn ring(&self) -> Option<&Buffer> {
        self.only_shard().ring()
    }

    /// Output buffer of an external network, `[count, D]` f32; `None` for other networks.
    ///
    /// # Panics
    /// If the batch was split; use [`Run::shards`].
    #[must_use]
    pub fn out(&self) -> Option<&Buffer> {
        self.only_shard().out()
    }

    fn only_shard(&self) -> &RunShard {
        assert!(
            self.shards.len() == 1,
            "the batch is split into {} shards: go through Run::shards",
            self.shards.len()
        );
        &self.shards[0]
    }

    /// The number of samples in the run.
    #[must_use]
    pub fn count(&self) -> usize {
        self.batch.count
    }

    /// Changes the seed. Takes effect with the next submit; no new buffer.
    ///
    /// # Errors
    /// [`SamplerError::OutOfMemory`] if there is none for the copy: the run is of neither seed then,
    /// until one is set without an error. That the device is lost shows at the next submission.
    pub fn set_seed(&mut self, queue: &Queue, seed: u64) -> Result<(), SamplerError> {
        self.batch.seed = seed;
        self.rewrite(queue)
    }

    /// Changes the batch — seed, offset, classes, guidance, the values of an initial state and of
    /// known data — but for its size. No new buffer.
    ///
    /// # Errors
    /// [`SamplerError::Batch`] if the network cannot take it; [`SamplerError::BatchShape`] if its
    /// size or the presence of an initial state or of known data differs; and as
    /// [`Run::set_seed`].
    pub fn set_batch(&mut self, queue: &Queue, batch: &Batch) -> Result<(), SamplerError> {
        self.compiled.validate(batch)?;
        let traits = |batch: &Batch| {
            [
                BatchTrait::Count(batch.count),
                BatchTrait::Initial(batch.initial.is_some()),
                BatchTrait::Inpainting(batch.inpaint.is_some()),
            ]
        };
        for (prepared, found) in traits(&self.batch).into_iter().zip(traits(batch)) {
            if prepared != found {
                return Err(SamplerError::BatchShape { prepared, found });
            }
        }
        self.batch = batch.clone();
        self.rewrite(queue)
    }

    /// Changes the draw that starts the run.
    pub(in crate::gpu) fn set_draw(
        &mut self,
        queue: &Queue,
        draw: u32,
    ) -> Result<(), SamplerError> {
        self.draw = draw;
        self.rewrite(queue)
    }

    /// Whether this run was prepared by a sampler of `compiled`.
    pub(in crate::gpu) fn belongs_to(&self, compiled: &Arc<Compiled>) -> bool {
        Arc::ptr_eq(&self.compiled, compiled)
    }

    pub(super) fn compiled(&self) -> &Compiled {
        &self.compiled
    }

    pub(super) fn batch(&self) -> &Batch {
        &self.batch
    }

    pub(super) fn run_state(&self) -> &Arc<RunState> {
        &self.state
    }

    /// Writes x of all samples, `[count, D]`, for row `row` to read. Row 0 takes its state from the
    /// initial one, so the run must have been prepared with one.
    pub(super) fn write_state(
        &self,
        queue: &Queue,
        row: usize,
        values: &[f32],
    ) -> Result<(), SamplerError> {
        let dims = self.compiled.dims();
        written(self.compiled.device(), "the states of a batch", || {
            for shard in &self.shards {
                let target = match &shard.buffers().initial {
                    Some(initial) if row == 0 => initial,
                    _ => shard.state(),
                };
                let range = shard.samples().start * dims..shard.samples().end * dims;
                queue.write_buffer(target, 0, bytemuck::cast_slice(&values[range]));
            }
        })
    }

    /// The run in slices of at most `samples` samples, rounded up to whole ones: the same buffers,
    /// and less of them to a dispatch.
    pub(super) async fn slices(
        &self,
        device: &Device,
        queue: &Queue,
        samples: usize,
    ) -> Result<Vec<RunShard>, SamplerError> {
        let length = samples.next_multiple_of(SLICE);
        let mut slices = Vec::new();
        for shard in &self.shards {
            let (count, start) = (shard.samples().len(), shard.samples().start);
            for first in (0..count).step_by(length) {
                let window = first..(first + length).min(count);
                let samples = start + window.start..start + window.end;
                let buffers = shard.buffers().clone();
                let slice = checked(device, "a slice of a batch", || {
                    let slice = RunShard::new(&self.compiled, device, buffers, samples, window);
                    self.upload_uniform(queue, &slice);
                    slice
                });
                slices.push(slice.await?);
            }
        }
        Ok(slices)
    }

    fn upload_uniform(&self, queue: &Queue, shard: &RunShard) {
        let samples = shard.samples();
        let uniform = RunUniform {
            key: halves(self.batch.seed),
            first_sample: halves(self.batch.sample_offset + samples.start as u64),
            count: samples.len() as u32,
            guidance: self.batch.guidance,
            null_class: self.compiled.samples().num_classes.unwrap_or(0) as u32,
            draw: self.draw,
        };
        queue.write_buffer(shard.uniform(), 0, bytemuck::bytes_of(&uniform));
    }

    /// Writes a changed batch into the buffers that are there.
    fn rewrite(&self, queue: &Queue) -> Result<(), SamplerError> {
        written(self.compiled.device(), "a batch's values", || {
            self.upload(queue);
        })
    }

    fn upload(&self, queue: &Queue) {
        for shard in &self.shards {
            self.upload_uniform(queue, shard);
            let buffers = shard.buffers();
            buffers.upload(queue, &self.batch, shard.samples(), &self.compiled);
        }
    }
}

/// Refuses a batch whose buffers cannot fit the device before the first of them is made.
fn check_memory(compiled: &Compiled, device: &Device, batch: &Batch) -> Result<(), PrepareError> {
    let bound = memory::bound(device);
    let needed = ShardBuffers::bytes(batch, compiled);
    if needed <= bound {
        return Ok(());
    }
    let bytes_each = needed / batch.count as u64;
    Err(PrepareError {
        error: SamplerError::OutOfMemory {
            what: "a batch's buffers",
        },
        too_many: (bound / bytes_each) as usize + 1,
    })
}

/// The scratch memory of the largest shard, of `count` samples. Shards run one after another, so
/// they share it.
async fn scratch(
    compiled: &Compiled,
    device: &Device,
    count: usize,
) -> Result<Option<Buffer>, SamplerError> {
    let tile = compiled.tile();
    if tile.scratch_bytes == 0 {
        return Ok(None);
    }
    let workgroups = count.div_ceil(tile.samples as usize);
    let bytes = (workgroups * tile.scratch_bytes) as u64;
    let buffer = checked(device, "a batch's scratch memory", || {
        empty(device, "ddim.scratch", bytes, BufferUsages::STORAGE)
    });
    buffer.await.map(Some)
}
