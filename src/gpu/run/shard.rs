//! Consecutive samples of a run: their buffers and bind groups.

use std::num::NonZeroU64;
use std::ops::Range;

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayout, BindingResource, Buffer,
    BufferBinding, BufferUsages, ComputePass, Device,
};

use super::shard_buffers::ShardBuffers;
use crate::gpu::program::buffers::filled;
use crate::gpu::program::compiled::Compiled;
use crate::gpu::program::network_buffers::NetworkBuffers;
use crate::gpu::program::recording::{Block, Grid, Pass, SecondGroup};
use crate::gpu::shader::step_program::WORKGROUP;
use crate::gpu::shader::step_table::{STEP_BYTES, STEP_STRIDE};
use crate::gpu::shader::uniforms::RunUniform;

/// Consecutive samples of a run, in buffers of their own.
#[derive(Debug)]
pub struct RunShard {
    samples: Range<usize>,
    /// The samples of the buffers that these are: all of them, but for a slice.
    window: Range<usize>,
    buffers: ShardBuffers,
    uniform: Buffer,
    groups: Groups,
    grids: Grids,
}

/// Bind groups of a shard.
#[derive(Debug)]
struct Groups {
    /// The run's, one for each block of the recording; `None` where the table of steps is shorter
    /// than the block.
    run: Vec<Option<BindGroup>>,
    network: BindGroup,
    inpainting: Option<BindGroup>,
}

/// Workgroups of a shard's dispatches.
#[derive(Debug)]
struct Grids {
    quads: [u32; 2],
    /// Tiles of samples.
    tiles: u32,
    /// Most workgroups side by side.
    width: u32,
    samples: [u32; 2],
}

impl RunShard {
    /// Binds the samples `window` of `buffers`, which are `samples` of the batch.
    pub(super) fn new(
        compiled: &Compiled,
        device: &Device,
        buffers: ShardBuffers,
        samples: Range<usize>,
        window: Range<usize>,
    ) -> Self {
        let (count, dims) = (window.len(), compiled.dims());
        let uniform = filled(
            device,
            "ddim.run",
            bytemuck::bytes_of(&<RunUniform as bytemuck::Zeroable>::zeroed()),
            BufferUsages::UNIFORM | BufferUsages::COPY_DST,
        );
        let binder = Binder {
            device,
            compiled,
            buffers: &buffers,
            window: &window,
        };
        let blocks = compiled.recording().blocks().iter();
        let groups = Groups {
            run: blocks.map(|block| binder.run(block, &uniform)).collect(),
            network: binder.network(),
            inpainting: binder.inpainting(),
        };
        let width = device.limits().max_compute_workgroups_per_dimension;
        let quads = (count * dims.div_ceil(4)) as u32;
        let grids = Grids {
            quads: grid(quads.div_ceil(WORKGROUP), width),
            tiles: (count as u32).div_ceil(compiled.tile().samples),
            width,
            samples: grid(count as u32, width),
        };
        Self {
            samples,
            window,
            uniform,
            groups,
            grids,
            buffers,
        }
    }

    /// The samples of the batch that these are.
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

    /// The ring of earlier estimates, `[samples, SLOTS, D]` f32 with
    /// [`SLOTS`](crate::diffusion::StageCoefficients::SLOTS); `None` where the sampler was made for
    /// plans without one.
    #[must_use]
    pub fn ring(&self) -> Option<&Buffer> {
        self.buffers.ring.as_ref()
    }

    /// Output buffer of an external network, `[samples, D]` f32; `None` for other networks.
    #[must_use]
    pub fn out(&self) -> Option<&Buffer> {
        self.buffers.out.as_ref()
    }

    pub(super) fn window(&self) -> Range<usize> {
        self.window.clone()
    }

    pub(super) fn buffers(&self) -> &ShardBuffers {
        &self.buffers
    }

    pub(super) fn uniform(&self) -> &Buffer {
        &self.uniform
    }

    /// Whether the shard keeps a part of its data.
    pub(super) fn inpaints(&self) -> bool {
        self.groups.inpainting.is_some()
    }

    /// Binds the run for a block of the recording, at `offset` in the table of steps.
    pub(super) fn bind(&self, pass: &mut ComputePass<'_>, block: usize, offset: u32) {
        let group = self.groups.run[block].as_ref();
        let group = group.expect("a table of steps at least as long as what is recorded of it");
        pass.set_bind_group(0, group, &[offset]);
    }

    /// Records a dispatch. The run is bound before.
    pub(super) fn dispatch(&self, encoder: &mut ComputePass<'_>, pass: &Pass) {
        encoder.set_pipeline(pass.pipeline());
        match pass.second_group() {
            SecondGroup::None => {}
            SecondGroup::Network => encoder.set_bind_group(1, &self.groups.network, &[]),
            SecondGroup::Inpainting => {
                encoder.set_bind_group(1, self.groups.inpainting.as_ref(), &[]);
            }
        }
        let [x, y] = match pass.grid() {
            Grid::Quads => self.grids.quads,
            Grid::Tiles { slices } => grid(self.grids.tiles * slices, self.grids.width),
            Grid::Samples => self.grids.samples,
        };
        encoder.dispatch_workgroups(x, y, 1);
    }
}

/// Binds a window of a shard's buffers.
struct Binder<'a> {
    device: &'a Device,
    compiled: &'a Compiled,
    buffers: &'a ShardBuffers,
    window: &'a Range<usize>,
}

impl<'a> Binder<'a> {
    fn run(&self, block: &Block, uniform: &Buffer) -> Option<BindGroup> {
        let tables = self.compiled.tables();
        let step_bytes = match block.rows() {
            1 => STEP_BYTES,
            rows => rows * STEP_STRIDE,
        };
        // A plan shorter than a block never takes it, and its table may be too.
        if step_bytes as u64 > tables.steps().size() {
            return None;
        }
        let step = BindingResource::Buffer(BufferBinding {
            buffer: tables.steps(),
            offset: 0,
            size: NonZeroU64::new(step_bytes as u64),
        });
        let dims = self.compiled.dims();
        let bound = [
            uniform.as_entire_binding(),
            step,
            self.windowed(&self.buffers.state, dims),
            self.windowed(&self.buffers.x0, dims),
            tables.normals().as_entire_binding(),
        ];
        let values = dims * self.compiled.ring_slots();
        let ring = self.buffers.ring.as_ref();
        let ring = ring.map(|buffer| self.windowed(buffer, values));
        let bound = bound.into_iter().chain(ring);
        Some(self.bind(&self.compiled.layouts().run, "ddim.run", bound))
    }

    fn network(&self) -> BindGroup {
        let classes = match self.compiled.samples().num_classes {
            Some(_) => self.windowed(&self.buffers.classes, 1),
            None => self.buffers.classes.as_entire_binding(),
        };
        let bound: Vec<BindingResource<'_>> = match self.compiled.network() {
            NetworkBuffers::Mlp {
                weights, biases, ..
            } => {
                let model = [weights, biases].map(Buffer::as_entire_binding);
                let scratch = self.buffers.scratch.as_ref().map(Buffer::as_entire_binding);
                model.into_iter().chain([classes]).chain(scratch).collect()
            }
            NetworkBuffers::Layers { weights, words, .. } => {
                let own = self.buffers.sample_rows.as_ref();
                let own = own.expect("a run of a network of layers has its rows");
                let model = [weights, words, &own.values].map(Buffer::as_entire_binding);
                let rows = self.windowed(&own.rows, 1);
                let scratch = self.buffers.scratch.as_ref().map(Buffer::as_entire_binding);
                model.into_iter().chain([rows]).chain(scratch).collect()
            }
            NetworkBuffers::Wgsl { params } => vec![params.as_entire_binding(), classes],
            NetworkBuffers::External => {
                let out = self.buffers.out.as_ref();
                let out = out.expect("a run of an external network has its buffer");
                vec![self.windowed(out, self.compiled.dims())]
            }
        };
        self.bind(&self.compiled.layouts().network, "ddim.network", bound)
    }

    fn inpainting(&self) -> Option<BindGroup> {
        let buffers = self.buffers.inpaint.as_ref()?;
        let inpainting = self.compiled.inpainting().expect("compiled for this run");
        let windowed = |buffer| self.windowed(buffer, self.compiled.dims());
        let bound = buffers.bound().map(windowed);
        Some(self.bind(inpainting.layout(), "ddim.inpaint", bound))
    }

    /// `values` of every sample in the window, f32 or u32.
    fn windowed(&self, buffer: &'a Buffer, values: usize) -> BindingResource<'a> {
        let size = 4 * (self.window.len() * values) as u64;
        BindingResource::Buffer(BufferBinding {
            buffer,
            offset: 4 * (self.window.start * values) as u64,
            // A shader's quads need 16 bytes; every buffer has them.
            size: NonZeroU64::new(size.max(16)),
        })
    }

    fn bind<'b>(
        &self,
        layout: &BindGroupLayout,
        label: &'static str,
        resources: impl IntoIterator<Item = BindingResource<'b>>,
    ) -> BindGroup {
        let entries: Vec<_> = (0..)
            .zip(resources)
            .map(|(binding, resource)| BindGroupEntry { binding, resource })
            .collect();
        self.device.create_bind_group(&BindGroupDescriptor {
            label: Some(label),
            layout,
            entries: &entries,
        })
    }
}

/// `groups` workgroups as a grid no wider than `width`.
fn grid(groups: u32, width: u32) -> [u32; 2] {
    let rows = groups.div_ceil(width.max(1)).max(1);
    [groups.div_ceil(rows), rows]
}
