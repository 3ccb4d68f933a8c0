//! A network compiled for a device. Runs hold it; samplers are facades of it.

use std::sync::Arc;

use wgpu::{Device, Limits, Queue};

use super::inpaint::Inpainting;
use super::network::Network;
use super::network_buffers::{NetworkBuffers, layers_buffers, mlp_buffers, params_buffer};
use super::options::SamplerOptions;
use super::passes::{Passes, SampleKind, Tile};
use super::pipelines::Layouts;
use super::recording::Recording;
use super::tables::Tables;
use crate::batch::{Batch, BatchNeeds};
use crate::diffusion::{Plan, StageCoefficients};
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::written;
use crate::gpu::layers::padding::Padding;
use crate::gpu::shader::kernel::Kernel;

/// A network compiled for a device: passes, weights and tables. It holds no state of a run, and
/// neither submits nor polls.
#[derive(Debug)]
pub struct Compiled {
    passes: Arc<Passes>,
    network: NetworkBuffers,
    tables: Tables,
    /// Where errors about what is written into the tables are reported.
    device: Device,
}

impl Compiled {
    /// Compiles the kernels of a network and uploads its weights and the plan.
    pub async fn new(
        device: &Device,
        network: Network<'_>,
        plan: &Plan,
        options: &SamplerOptions,
    ) -> Result<Self, SamplerError> {
        let capacity = row_capacity(options, plan);
        let tables = Tables::new(device, plan, network.dims(), capacity).await?;
        let passes = Passes::new(device, network, plan, options).await?;
        let target = &passes.target;
        let network = match network {
            Network::Mlp(model) => {
                mlp_buffers(device, model, plan, passes.padded, capacity, target).await?
            }
            Network::Layers(model) => {
                let padding = Padding::of(passes.kernel, target);
                layers_buffers(device, model, plan, capacity, (target, padding)).await?
            }
            Network::Wgsl(network) => {
                params_buffer(device, &network.params, &target.limits).await?
            }
            Network::External(_) => NetworkBuffers::External,
        };
        Ok(Self {
            passes: Arc::new(passes),
            network,
            tables,
            device: device.clone(),
        })
    }

    /// The same for another plan of any length, with tables of its own: pipelines and weights are
    /// shared. `network` is the one that this was compiled of.
    ///
    /// # Errors
    /// [`SamplerError::DynamicThreshold`], [`SamplerError::History`], [`SamplerError::Clips`], and as
    /// [`Compiled::new`].
    pub async fn for_plan(
        &self,
        device: &Device,
        network: Network<'_>,
        plan: &Plan,
    ) -> Result<Self, SamplerError> {
        self.check_plan(plan)?;
        let capacity = row_capacity(self.options(), plan);
        let buffers = self.network.for_plan(device, network, plan, capacity);
        Ok(Self {
            network: buffers.await?,
            tables: Tables::new(device, plan, self.dims(), capacity).await?,
            passes: self.passes.clone(),
            device: device.clone(),
        })
    }

    /// Replaces the plan in the tables.
    ///
    /// # Errors
    /// [`SamplerError::PlanTooLong`], [`SamplerError::DynamicThreshold`],
    /// [`SamplerError::History`], [`SamplerError::Clips`], [`SamplerError::Plan`];
    /// [`SamplerError::OutOfMemory`] if there is none to bring the tables to the device.
    pub fn write_plan(&self, queue: &Queue, plan: &Plan) -> Result<(), SamplerError> {
        if plan.len() > self.tables.capacity() {
            return Err(SamplerError::PlanTooLong {
                rows: plan.len(),
                capacity: self.tables.capacity(),
            });
        }
        self.check_plan(plan)?;
        written(&self.device, "the coefficient tables", || {
            self.tables.write(queue, plan, self.dims());
            self.network.write_plan(queue, plan);
        })
    }

    fn check_plan(&self, plan: &Plan) -> Result<(), SamplerError> {
        self.passes.check(plan)?;
        self.network.check_plan(plan)?;
        Ok(())
    }

    /// Compiles the kernel of inpainting, the first time it is called.
    pub async fn compile_inpainting(&self, device: &Device) -> Result<(), SamplerError> {
        self.passes.compile_inpainting(device).await
    }

    /// Most samples that one shard of a run may have on this device.
    pub fn shard_limit(&self, limits: &Limits) -> usize {
        let bytes = limits
            .max_storage_buffer_binding_size
            .min(limits.max_buffer_size);
        let padded = self.passes.samples.dims.next_multiple_of(4);
        let by_memory = bytes as usize / (4 * padded * self.ring_slots().max(1));
        // Workgroups form a grid of two dimensions, so no dispatch limit is near; quads are counted
        // in u32.
        let by_index = u32::MAX as usize / padded;
        let by_rows = match self.network.sample_row_len() {
            0 => usize::MAX,
            values => (bytes as usize / (4 * values)).saturating_sub(1),
        };
        let by_scratch = match self.passes.tile.scratch_bytes {
            0 => usize::MAX,
            bytes_each => bytes as usize / bytes_each * self.passes.tile.samples as usize,
        };
        let limit = by_memory.min(by_index).min(by_scratch).min(by_rows).max(1);
        let wanted = self
            .passes
            .options
            .shard_samples
            .map_or(usize::MAX, usize::from);
        limit.min(wanted)
    }

    /// Checks a batch against the network.
    pub fn validate(&self, batch: &Batch) -> Result<(), SamplerError> {
        match &self.network {
            NetworkBuffers::Layers { program, .. } => {
                batch.validate_for(&BatchNeeds::of_program(program))?;
            }
            _ => batch.validate(self.passes.samples.dims, self.passes.samples.num_classes)?,
        }
        Ok(())
    }

    pub fn recording(&self) -> &Recording {
        &self.passes.recording
    }

    /// Inpainting, once a run with known data has been prepared.
    pub fn inpainting(&self) -> Option<&Inpainting> {
        self.passes.inpainting()
    }

    pub fn layouts(&self) -> &Layouts {
        &self.passes.layouts
    }

    pub fn network(&self) -> &NetworkBuffers {
        &self.network
    }

    /// Slots of the ring of earlier estimates that runs have; 0 where they have none.
    pub fn ring_slots(&self) -> usize {
        if self.passes.target.ring {
            StageCoefficients::SLOTS
        } else {
            0
        }
    }

    pub fn is_external(&self) -> bool {
        matches!(self.network, NetworkBuffers::External)
    }

    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    pub fn samples(&self) -> &SampleKind {
        &self.passes.samples
    }

    pub fn dims(&self) -> usize {
        self.passes.samples.dims
    }

    pub fn tile(&self) -> Tile {
        self.passes.tile
    }

    /// The kernel of the step.
    pub fn kernel(&self) -> Kernel {
        self.passes.kernel
    }

    /// The device that this was compiled for.
    pub fn device(&self) -> &Device {
        &self.device
    }

    pub fn options(&self) -> &SamplerOptions {
        &self.passes.options
    }
}

/// Rows that tables for `plan` have room for.
fn row_capacity(options: &SamplerOptions, plan: &Plan) -> usize {
    options.row_capacity.map_or(0, usize::from).max(plan.len())
}
