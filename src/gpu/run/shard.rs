//! Consecutive samples of a run: their buffers, and what is bound of them.

use std::ops::Range;

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindingResource, Buffer, BufferBinding,
    BufferUsages, Device, Limits,
};

use crate::batch::Batch;
use crate::gpu::program::buffers::{empty, filled, sample_buffer};
use crate::gpu::program::inpaint::KnownBuffers;
use crate::gpu::program::network_buffers::NetworkBuffers;
use crate::gpu::sampler::DiffusionSampler;
use crate::gpu::shader::step_program::WORKGROUP;
use crate::gpu::shader::step_table::STEP_STRIDE;
use crate::gpu::shader::uniforms::{RunUniform, StepUniform};

/// Consecutive samples of a run, in buffers of their own.
#[derive(Debug)]
pub struct RunPart {
    pub(crate) samples: Range<usize>,
    pub(crate) buffers: PartBuffers,
    /// Which samples of the buffers these are: all of them, but for a slice.
    pub(crate) window: Range<usize>,
    pub(crate) uniform: Buffer,
    pub(crate) run_group: BindGroup,
    /// The same with several rows bound.
    pub(crate) many_group: Option<BindGroup>,
    pub(crate) network_group: BindGroup,
    /// What is known of the samples, where anything is.
    pub(crate) known_group: Option<BindGroup>,
    pub(crate) init_groups: [u32; 2],
    pub(crate) step_groups: [u32; 2],
    /// One workgroup a sample.
    pub(crate) sample_groups: [u32; 2],
}

/// What there is of every sample of a part.
#[derive(Clone, Debug)]
pub struct PartBuffers {
    pub state: Buffer,
    pub x0: Buffer,
    pub out: Option<Buffer>,
    pub initial: Option<Buffer>,
    pub known: Option<KnownBuffers>,
    pub classes: Buffer,
    pub scratch: Option<Buffer>,
}

impl PartBuffers {
    pub fn new(
        sampler: &DiffusionSampler,
        device: &Device,
        batch: &Batch,
        count: usize,
        scratch: Option<Buffer>,
    ) -> Self {
        let dims = sampler.dims;
        let state = sample_buffer(device, "ddim.state", count, dims);
        let x0 = sample_buffer(device, "ddim.x0", count, dims);
        let initial = batch
            .initial
            .is_some()
            .then(|| sample_buffer(device, "ddim.initial", count, dims));
        let known = batch.inpaint.as_ref();
        let known = known.map(|_| KnownBuffers::new(device, count, dims));
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
        Self {
            state,
            x0,
            out,
            initial,
            known,
            classes,
            scratch,
        }
    }
}

impl RunPart {
    pub(crate) fn new(
        sampler: &DiffusionSampler,
        device: &Device,
        limits: &Limits,
        buffers: PartBuffers,
        samples: Range<usize>,
        window: Range<usize>,
    ) -> Self {
        let (count, dims) = (window.len(), sampler.dims);
        let uniform = filled(
            device,
            "ddim.run",
            bytemuck::bytes_of(&<RunUniform as bytemuck::Zeroable>::zeroed()),
            BufferUsages::UNIFORM | BufferUsages::COPY_DST,
        );
        // `values` of every sample, f32 or u32.
        let windowed = |buffer, values: usize| {
            let size = 4 * (count * values) as u64;
            BindingResource::Buffer(BufferBinding {
                buffer,
                offset: 4 * (window.start * values) as u64,
                // A shader's quads need 16 bytes; every buffer has them.
                size: std::num::NonZeroU64::new(size.max(16)),
            })
        };
        let classes = if sampler.num_classes.is_some() {
            windowed(&buffers.classes, 1)
        } else {
            buffers.classes.as_entire_binding()
        };
        let run_group = |step_bytes: usize| {
            let step = BindingResource::Buffer(BufferBinding {
                buffer: &sampler.steps,
                offset: 0,
                size: std::num::NonZeroU64::new(step_bytes as u64),
            });
            let bound = [
                uniform.as_entire_binding(),
                step,
                windowed(&buffers.state, dims),
                windowed(&buffers.x0, dims),
                sampler.normal_table.as_entire_binding(),
            ];
            bind(device, &sampler.layouts.run, "ddim.run", bound)
        };
        // A plan shorter than a dispatch never uses it, and its table may be too.
        let many_group = sampler
            .many
            .as_ref()
            .map(|many| many.rows * STEP_STRIDE)
            .filter(|&bytes| bytes as u64 <= sampler.steps.size())
            .map(run_group);
        let run_group = run_group(size_of::<StepUniform>());
        let layout = &sampler.layouts.network;
        let bound: Vec<BindingResource<'_>> = match &sampler.network {
            NetworkBuffers::Mlp {
                weights, biases, ..
            } => {
                let model = [weights, biases].map(Buffer::as_entire_binding);
                let scratch = buffers.scratch.as_ref().map(Buffer::as_entire_binding);
                model.into_iter().chain([classes]).chain(scratch).collect()
            }
            NetworkBuffers::Wgsl { params } => vec![params.as_entire_binding(), classes],
            NetworkBuffers::External => {
                let out = buffers
                    .out
                    .as_ref()
                    .expect("a run of an external network has its buffer");
                vec![windowed(out, dims)]
            }
        };
        let network_group = bind(device, layout, "ddim.network", bound);
        let known_group = buffers.known.as_ref().map(|known| {
            let program = sampler.mask.get().expect("compiled for this run");
            let bound = [&known.data, &known.mask].map(|buffer| windowed(buffer, dims));
            bind(device, &program.layout, "ddim.known", bound)
        });
        let width = limits.max_compute_workgroups_per_dimension;
        let quads = (count * dims.div_ceil(4)) as u32;
        let step_groups = match sampler.network {
            NetworkBuffers::External => quads.div_ceil(WORKGROUP),
            _ => (count as u32).div_ceil(sampler.samples_per_workgroup),
        };
        Self {
            samples,
            window,
            uniform,
            run_group,
            many_group,
            network_group,
            known_group,
            init_groups: grid(quads.div_ceil(WORKGROUP), width),
            step_groups: grid(step_groups, width),
            sample_groups: grid(count as u32, width),
            buffers,
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
        &self.buffers.state
    }

    /// x̂₀, `[samples, D]` f32: usable as storage, vertex and copy source.
    #[must_use]
    pub fn x0(&self) -> &Buffer {
        &self.buffers.x0
    }

    /// Where an external network writes its output, `[samples, D]` f32.
    #[must_use]
    pub fn out(&self) -> Option<&Buffer> {
        self.buffers.out.as_ref()
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
