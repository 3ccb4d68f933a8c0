//! A network compiled for a device. Runs hold it; samplers are facades of it.

use std::sync::{Arc, OnceLock};

use wgpu::{ComputePipeline, Device, Features, Limits, Queue};

use super::build::step_program;
use super::choose::kernel;
use super::inpaint::Inpainting;
use super::multi_step::multi_step;
use super::network::Network;
use super::network_buffers::{NetworkBuffers, layers_buffers, mlp_buffers, params_buffer};
use super::options::SamplerOptions;
use super::pipelines::{Layouts, build};
use super::recording::{Block, Pass, Recording, When, thresholds};
use super::tables::Tables;
use crate::batch::{Batch, BatchNeeds};
use crate::diffusion::{History, Plan, StageCoefficients};
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::checked;
use crate::gpu::device::precision::Precision;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::shader::composed::Composed;
use crate::gpu::shader::kernel::Kernel;
use crate::gpu::shader::step_program::{StepProgram, plain_constants};

/// A network compiled for a device: passes, weights and tables. It holds no state of a run, and
/// neither submits nor polls.
#[derive(Debug)]
pub struct Compiled {
    passes: Arc<Passes>,
    network: NetworkBuffers,
    tables: Tables,
}

/// What is compiled, whatever the plan: its numbers are in the tables.
#[derive(Debug)]
struct Passes {
    recording: Recording,
    /// Compiled when the first run with known data is prepared.
    inpainting: OnceLock<Inpainting>,
    layouts: Layouts,
    samples: SampleKind,
    tile: Tile,
    /// The kernel of the step.
    kernel: Kernel,
    /// What shaped the texts: whether runs have a ring, and plans may clip more than x̂₀.
    target: ShaderTarget,
    options: SamplerOptions,
}

/// What a network takes as a sample.
#[derive(Debug)]
pub struct SampleKind {
    pub shape: Vec<usize>,
    /// Values in one sample.
    pub dims: usize,
    /// `None`: the network is unconditional.
    pub num_classes: Option<usize>,
}

/// A workgroup of the step.
#[derive(Clone, Copy, Debug)]
pub struct Tile {
    pub samples: u32,
    /// Scratch memory in bytes.
    pub scratch_bytes: usize,
}

impl Compiled {
    /// Compiles the kernels of a network and uploads its weights and the plan.
    // Long because each part is made of those before it.
    pub async fn new(
        device: &Device,
        network: Network<'_>,
        plan: &Plan,
        options: &SamplerOptions,
    ) -> Result<Self, SamplerError> {
        let mut target = target(device, options)?;
        target.ring = options.history || looks_far_back(plan);
        target.clips = options.clips || plan.clips().is_active();
        let rows = options.rows_per_dispatch.map_or(1, usize::from);
        let kernel = kernel(network, &target, options, rows as u32);
        let capacity = row_capacity(options, plan);
        let tables = Tables::new(device, plan, network.dims(), capacity).await?;
        let single = step_program(network, kernel, &target, 1)?;
        let multi = multi_step(network, kernel, &target, rows)?;
        let layouts = checked(device, "the bind group layouts", || {
            let scratch = single.scratch_bytes > 0;
            let options = [scratch, multi.is_some(), target.ring];
            Layouts::new(device, network.read_only_buffers(), options)
        })
        .await?;
        let compiler = Compiler {
            device,
            layouts: &layouts,
            target: &target,
            options,
            step: single.kernel,
            dims: network.dims(),
        };
        let thresholds = options.dynamic_threshold || thresholds(plan);
        let multi_scratch = multi.as_ref().map_or(0, |program| program.scratch_bytes);
        let multi = multi.map(|program| (rows, program));
        let recording = compiler.recording(&single, multi, thresholds).await?;
        let network_buffers = match network {
            Network::Mlp(model) => {
                mlp_buffers(device, model, plan, single.padded, capacity, &target).await?
            }
            Network::Layers(model) => {
                layers_buffers(device, model, plan, capacity, &target).await?
            }
            Network::Wgsl(network) => {
                params_buffer(device, &network.params, &target.limits).await?
            }
            Network::External(_) => NetworkBuffers::External,
        };
        let passes = Passes {
            recording,
            inpainting: OnceLock::new(),
            samples: SampleKind {
                shape: network.sample_shape().to_vec(),
                dims: network.dims(),
                num_classes: network.num_classes(),
            },
            tile: Tile {
                samples: single.samples_per_workgroup,
                scratch_bytes: single.scratch_bytes.max(multi_scratch),
            },
            kernel: single.kernel,
            options: options.clone(),
            layouts,
            target,
        };
        Ok(Self {
            passes: Arc::new(passes),
            network: network_buffers,
            tables,
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
        self.check_passes(plan)?;
        let capacity = row_capacity(self.options(), plan);
        let buffers = self.network.for_plan(device, network, plan, capacity);
        Ok(Self {
            network: buffers.await?,
            tables: Tables::new(device, plan, self.dims(), capacity).await?,
            passes: self.passes.clone(),
        })
    }

    /// Replaces the plan in the tables.
    ///
    /// # Errors
    /// [`SamplerError::PlanTooLong`], [`SamplerError::DynamicThreshold`],
    /// [`SamplerError::History`], [`SamplerError::Clips`], [`SamplerError::Plan`].
    pub fn write_plan(&self, queue: &Queue, plan: &Plan) -> Result<(), SamplerError> {
        if plan.len() > self.tables.capacity() {
            return Err(SamplerError::PlanTooLong {
                rows: plan.len(),
                capacity: self.tables.capacity(),
            });
        }
        self.check_passes(plan)?;
        self.tables.write(queue, plan, self.dims());
        self.network.write_plan(queue, plan);
        Ok(())
    }

    fn check_passes(&self, plan: &Plan) -> Result<(), SamplerError> {
        if thresholds(plan) && self.recording().threshold().is_none() {
            return Err(SamplerError::DynamicThreshold);
        }
        if looks_far_back(plan) && !self.passes.target.ring {
            return Err(SamplerError::History);
        }
        if plan.clips().is_active() && !self.passes.target.clips {
            return Err(SamplerError::Clips);
        }
        self.network.check_plan(plan)?;
        Ok(())
    }

    /// Compiles the kernel of inpainting, the first time it is called.
    pub async fn compile_inpainting(&self, device: &Device) -> Result<(), SamplerError> {
        if self.passes.inpainting.get().is_none() {
            let kernel = Kernel::MaskStep;
            let constants = plain_constants(self.dims(), &self.passes.target);
            let text = kernel.compose(&constants, "");
            let text = self
                .passes
                .options
                .rewritten(kernel, self.passes.kernel, text);
            let cache = self.passes.options.pipeline_cache.as_ref();
            let compiled = Inpainting::new(device, &self.passes.layouts, &text, cache).await?;
            // Another thread may have been first, with the same.
            let _ = self.passes.inpainting.set(compiled);
        }
        Ok(())
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
        self.passes.inpainting.get()
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

    pub fn options(&self) -> &SamplerOptions {
        &self.passes.options
    }
}

/// Rows that tables for `plan` have room for.
fn row_capacity(options: &SamplerOptions, plan: &Plan) -> usize {
    options.row_capacity.map_or(0, usize::from).max(plan.len())
}

/// Whether a plan takes a ring of earlier estimates.
fn looks_far_back(plan: &Plan) -> bool {
    matches!(plan.history(), History::Ring(_))
}

/// The properties of the device that shape the kernels, with the options that do.
fn target(device: &Device, options: &SamplerOptions) -> Result<ShaderTarget, SamplerError> {
    let mut target = ShaderTarget::of(device);
    target.half = options.precision == Precision::Half;
    if target.half && !device.features().contains(Features::SHADER_F16) {
        return Err(SamplerError::MissingFeature {
            what: "Precision::Half",
            feature: "SHADER_F16",
        });
    }
    if let Some(units) = options.matrix_units {
        units.check(device)?;
        if units.precision() == options.precision {
            target.matrix = units.size();
        }
    }
    Ok(target)
}

/// Compiles the passes of one network.
struct Compiler<'a> {
    device: &'a Device,
    layouts: &'a Layouts,
    target: &'a ShaderTarget,
    options: &'a SamplerOptions,
    /// The kernel of the step.
    step: Kernel,
    dims: usize,
}

impl Compiler<'_> {
    /// All passes but inpainting's. `multi` takes several rows at a time.
    async fn recording(
        &self,
        single: &StepProgram,
        multi: Option<(usize, StepProgram)>,
        thresholds: bool,
    ) -> Result<Recording, SamplerError> {
        let start = self.plain(Kernel::InitNoise, When::Always).await?;
        let mut passes = Vec::new();
        match single.without_noise() {
            Some(without_noise) => {
                passes.push(self.program(single, When::WithNoise).await?);
                passes.push(self.program(&without_noise, When::WithoutNoise).await?);
            }
            None => passes.push(self.program(single, When::Always).await?),
        }
        if thresholds {
            passes.push(
                self.plain(Kernel::ThresholdStep, When::Thresholding)
                    .await?,
            );
        }
        let mut blocks = Vec::new();
        if let Some((rows, program)) = multi {
            blocks.push(Block::new(
                rows,
                vec![self.program(&program, When::Always).await?],
            ));
        }
        blocks.push(Block::new(1, passes));
        Ok(Recording::new(start, blocks))
    }

    async fn program(&self, program: &StepProgram, when: When) -> Result<Pass, SamplerError> {
        let pipeline = self.pipeline(program.kernel, program.wgsl()).await?;
        Ok(Pass::new(program.kernel, pipeline, when))
    }

    /// A kernel without a network.
    async fn plain(&self, kernel: Kernel, when: When) -> Result<Pass, SamplerError> {
        let text = kernel.compose(&plain_constants(self.dims, self.target), "");
        Ok(Pass::new(kernel, self.pipeline(kernel, text).await?, when))
    }

    async fn pipeline(
        &self,
        kernel: Kernel,
        text: Composed,
    ) -> Result<ComputePipeline, SamplerError> {
        let text = self.options.rewritten(kernel, self.step, text);
        let cache = self.options.pipeline_cache.as_ref();
        build(self.device, self.layouts, kernel, &text, cache).await
    }
}
