//! A batch on its way from noise to samples: buffers, and the dispatches that move them.

use std::ops::Range;

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindingResource, Buffer, BufferBinding,
    BufferUsages, Device, Limits, Queue,
};

use super::buffers::{empty, filled};
use super::error::SamplerError;
use super::layout::{RunUniform, Step, halves};
use super::program::WORKGROUP;
use super::sampler::{NetworkBuffers, Sampler, sample_buffer};
use super::scope::checked;
use crate::batch::Batch;
use crate::noise::INITIAL_DRAW;

/// A batch's buffers on a device. A batch beyond the device's limits has several [`RunPart`]s, any other has one.
#[derive(Debug)]
pub struct Run {
    pub(crate) parts: Vec<RunPart>,
    pub(crate) batch: Batch,
    /// Draw that starts the run; 0, x_T, but for [`NoiseSource`](super::NoiseSource).
    draw: u32,
    pub(crate) dims: usize,
    num_classes: Option<usize>,
}

/// Consecutive samples of a run, in buffers of their own.
#[derive(Debug)]
pub struct RunPart {
    pub(crate) samples: Range<usize>,
    pub(crate) state: Buffer,
    x0: Buffer,
    out: Option<Buffer>,
    pub(crate) initial: Option<Buffer>,
    uniform: Buffer,
    classes: Buffer,
    pub(crate) run_group: BindGroup,
    pub(crate) network_group: BindGroup,
    pub(crate) init_groups: [u32; 2],
    pub(crate) step_groups: [u32; 2],
    /// One workgroup a sample.
    pub(crate) sample_groups: [u32; 2],
}

impl Run {
    pub(crate) fn new(
        sampler: &Sampler,
        device: &Device,
        queue: &Queue,
        batch: &Batch,
    ) -> Result<Self, SamplerError> {
        let limits = device.limits();
        let limit = sampler.part_limit(&limits);
        let mut run = Self {
            parts: Vec::with_capacity(batch.count.div_ceil(limit)),
            batch: batch.clone(),
            draw: INITIAL_DRAW,
            dims: sampler.dims,
            num_classes: sampler.num_classes,
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
        for first in (0..batch.count).step_by(limit) {
            let samples = first..(first + limit).min(batch.count);
            let part = checked(device, "a batch's buffers", || {
                RunPart::new(sampler, device, &limits, batch, samples, scratch.as_ref())
            })?;
            run.parts.push(part);
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

    /// Changes the batch — seed, offset, classes, guidance — but for its size and its initial state. No new buffer.
    ///
    /// # Errors
    /// [`SamplerError::Batch`] if the network cannot take it; [`SamplerError::BatchShape`] if its size or the presence of an
    /// initial state differs.
    pub fn set_batch(&mut self, queue: &Queue, batch: &Batch) -> Result<(), SamplerError> {
        batch.validate(self.dims, self.num_classes)?;
        if batch.count != self.batch.count
            || batch.initial.is_some() != self.batch.initial.is_some()
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
            let target = match &part.initial {
                Some(initial) if row == 0 => initial,
                _ => &part.state,
            };
            let range = part.samples.start * self.dims..part.samples.end * self.dims;
            queue.write_buffer(target, 0, bytemuck::cast_slice(&values[range]));
        }
    }

    fn upload(&self, queue: &Queue) {
        let null_class = self.num_classes.unwrap_or(0) as u32;
        for part in &self.parts {
            let uniform = RunUniform {
                key: halves(self.batch.seed),
                first_sample: halves(self.batch.sample_offset + part.samples.start as u64),
                count: part.samples.len() as u32,
                guidance: self.batch.guidance,
                null_class,
                draw: self.draw,
            };
            queue.write_buffer(&part.uniform, 0, bytemuck::bytes_of(&uniform));
            if self.num_classes.is_some() {
                let classes: Vec<u32> = part
                    .samples
                    .clone()
                    .map(|i| {
                        self.batch
                            .class_of(i, self.num_classes)
                            .unwrap_or(null_class)
                    })
                    .collect();
                queue.write_buffer(&part.classes, 0, bytemuck::cast_slice(&classes));
            }
            if let (Some(buffer), Some(values)) = (&part.initial, &self.batch.initial) {
                let range = part.samples.start * self.dims..part.samples.end * self.dims;
                queue.write_buffer(buffer, 0, bytemuck::cast_slice(&values[range]));
            }
        }
    }
}

impl RunPart {
    fn new(
        sampler: &Sampler,
        device: &Device,
        limits: &Limits,
        batch: &Batch,
        samples: Range<usize>,
        scratch: Option<&Buffer>,
    ) -> Self {
        let (count, dims) = (samples.len(), sampler.dims);
        let state = sample_buffer(device, "ddim.state", count, dims);
        let x0 = sample_buffer(device, "ddim.x0", count, dims);
        let initial = batch
            .initial
            .is_some()
            .then(|| sample_buffer(device, "ddim.initial", count, dims));
        let uniform = filled(
            device,
            "ddim.run",
            bytemuck::bytes_of(&<RunUniform as bytemuck::Zeroable>::zeroed()),
            BufferUsages::UNIFORM | BufferUsages::COPY_DST,
        );
        let classes = if sampler.num_classes.is_some() {
            count
        } else {
            1
        };
        let classes = empty(
            device,
            "ddim.classes",
            4 * classes as u64,
            BufferUsages::STORAGE | BufferUsages::COPY_DST,
        );
        let out = matches!(sampler.network, NetworkBuffers::External)
            .then(|| sample_buffer(device, "ddim.out", count, dims));

        let step = BindingResource::Buffer(BufferBinding {
            buffer: &sampler.steps,
            offset: 0,
            size: std::num::NonZeroU64::new(size_of::<Step>() as u64),
        });
        let run_group = bind(
            device,
            &sampler.layouts.run,
            "ddim.run",
            [
                uniform.as_entire_binding(),
                step,
                state.as_entire_binding(),
                x0.as_entire_binding(),
                sampler.normal_table.as_entire_binding(),
            ],
        );
        let layout = &sampler.layouts.network;
        let network_group = match (&sampler.network, &out) {
            (
                NetworkBuffers::Mlp {
                    weights, biases, ..
                },
                _,
            ) => {
                let buffers = [weights, biases, &classes].into_iter().chain(scratch);
                bind(
                    device,
                    layout,
                    "ddim.network",
                    buffers.map(Buffer::as_entire_binding),
                )
            }
            (NetworkBuffers::Wgsl { params }, _) => bind(
                device,
                layout,
                "ddim.network",
                [params.as_entire_binding(), classes.as_entire_binding()],
            ),
            (NetworkBuffers::External, out) => {
                let out = out
                    .as_ref()
                    .expect("a run of an external network has its buffer");
                bind(device, layout, "ddim.network", [out.as_entire_binding()])
            }
        };
        let width = limits.max_compute_workgroups_per_dimension;
        let quads = (count * dims.div_ceil(4)) as u32;
        let step_groups = match sampler.network {
            NetworkBuffers::External => quads.div_ceil(WORKGROUP),
            _ => (count as u32).div_ceil(sampler.samples_per_workgroup),
        };
        Self {
            samples,
            state,
            x0,
            out,
            initial,
            uniform,
            classes,
            run_group,
            network_group,
            init_groups: grid(quads.div_ceil(WORKGROUP), width),
            step_groups: grid(step_groups, width),
            sample_groups: grid(count as u32, width),
        }
    }

    /// Which samples of the batch these are.
    #[must_use]
    pub fn samples(&self) -> Range<usize> {
        self.samples.clone()
    }

    /// x, `[samples, D]` f32: usable as storage, vertex and copy source.
    #[must_use]
    pub fn state(&self) -> &Buffer {
        &self.state
    }

    /// x̂₀, `[samples, D]` f32: usable as storage, vertex and copy source.
    #[must_use]
    pub fn x0(&self) -> &Buffer {
        &self.x0
    }

    /// Where an external network writes its output, `[samples, D]` f32.
    #[must_use]
    pub fn out(&self) -> Option<&Buffer> {
        self.out.as_ref()
    }
}

/// `groups` workgroups as a grid no wider than `width`.
fn grid(groups: u32, width: u32) -> [u32; 2] {
    let rows = groups.div_ceil(width).max(1);
    [groups.div_ceil(rows), rows]
}

fn bind<'a>(
    device: &Device,
    layout: &wgpu::BindGroupLayout,
    label: &'static str,
    resources: impl IntoIterator<Item = BindingResource<'a>>,
) -> BindGroup {
    let entries: Vec<_> = (0..)
        .zip(resources)
        .map(|(binding, resource)| BindGroupEntry { binding, resource })
        .collect();
    device.create_bind_group(&BindGroupDescriptor {
        label: Some(label),
        layout,
        entries: &entries,
    })
}
