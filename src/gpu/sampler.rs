//! A network and a plan on a device: pipelines, weights and tables, shared by any number of runs.

use std::sync::OnceLock;

use wgpu::{Buffer, BufferUsages, ComputePipeline, Device, Features, Limits, Queue};

use crate::batch::Batch;
use crate::diffusion::{Clipping, Plan};
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::checked;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::mlp::packing::pack_biases;
use crate::gpu::mlp::select::mlp_kernel;
use crate::gpu::program::buffers::filled;
use crate::gpu::program::build::step_program;
use crate::gpu::program::inpaint::MaskProgram;
use crate::gpu::program::multi_step::{ManyRows, many_rows};
use crate::gpu::program::network::Network;
use crate::gpu::program::network_buffers::{NetworkBuffers, mlp_buffers, params_buffer};
use crate::gpu::program::options::{Precision, SamplerOptions};
use crate::gpu::program::pipelines::{Layouts, build};
use crate::gpu::run::run::{Run, Unprepared};
use crate::gpu::shader::kernel::Kernel;
use crate::gpu::shader::step_program::plain_constants;
use crate::gpu::shader::step_table::{STEP_STRIDE, start_row, step_table};
use crate::noise::NORMAL_TABLE;

/// A network and a plan on a device.
///
/// Made once, shared by any number of [`Run`]s. It holds pipelines, weights and the coefficient table, and no state of
/// its own: `encode` is `&self`. It neither submits nor polls.
#[derive(Debug)]
pub struct DiffusionSampler {
    pub(crate) init_noise: ComputePipeline,
    pub(crate) step: ComputePipeline,
    /// The same without noise, for the update alone, and which rows add some.
    pub(crate) quiet: Option<ComputePipeline>,
    pub(crate) noisy: Vec<bool>,
    /// The same for several rows, if the options ask for it.
    pub(crate) many: Option<ManyRows>,
    /// There if the first plan thresholds, or the options ask for it.
    pub(crate) threshold: Option<ComputePipeline>,
    /// Whether the present plan does.
    pub(crate) thresholds: bool,
    /// There once a run with known data has been prepared.
    pub(crate) mask: OnceLock<MaskProgram>,
    pub(crate) layouts: Layouts,
    pub(crate) network: NetworkBuffers,
    /// One [`StepUniform`] a row, [`STEP_STRIDE`] bytes apart; after the last that there is room for, [`StepUniform::start`].
    pub(crate) steps: Buffer,
    pub(crate) normal_table: Buffer,
    pub(crate) samples_per_workgroup: u32,
    /// Scratch memory a workgroup of the step needs, in bytes.
    pub(crate) scratch_bytes: usize,
    pub(crate) dims: usize,
    pub(crate) num_classes: Option<usize>,
    pub(crate) sample_shape: Vec<usize>,
    kernel: Kernel,
    rows: usize,
    row_capacity: usize,
    pub(crate) options: SamplerOptions,
}

impl DiffusionSampler {
    /// Compiles the kernels of a network and uploads its weights and the plan.
    ///
    /// # Errors
    /// [`SamplerError::HiddenTooWide`] and [`SamplerError::LimitExceeded`] name the limit of the device that a model does not fit,
    /// [`SamplerError::Refused`] carries the device's message, for a caller's WGSL the compiler's.
    pub fn new<'a>(
        device: &Device,
        network: impl Into<Network<'a>>,
        plan: &Plan,
    ) -> Result<Self, SamplerError> {
        Self::with_options(device, network, plan, &SamplerOptions::default())
    }

    /// As [`DiffusionSampler::new`], with choices of kernel, capacity and tiling.
    ///
    /// # Errors
    /// As [`DiffusionSampler::new`].
    pub fn with_options<'a>(
        device: &Device,
        network: impl Into<Network<'a>>,
        plan: &Plan,
        options: &SamplerOptions,
    ) -> Result<Self, SamplerError> {
        let network = network.into();
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
            target.matrix = if units.precision == options.precision {
                units.size
            } else {
                0
            };
        }
        if let Network::Model(model) = network
            && model.mlp().is_none()
        {
            return Err(SamplerError::Architecture);
        }
        let limits = &target.limits;
        let row_capacity = options.row_capacity.max(plan.len());
        let dims = network.dims();
        let (steps, normal_table) = checked(device, "the coefficient tables", || {
            let usage = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
            let mut table = step_table(plan, dims);
            table.resize(row_capacity * STEP_STRIDE, 0);
            table.extend(start_row(plan));
            let normals = bytemuck::cast_slice(NORMAL_TABLE.as_flattened());
            (
                filled(device, "ddim.steps", &table, usage),
                filled(device, "ddim.normal_table", normals, usage),
            )
        })?;
        let mlp_kernel = options.mlp_kernel.unwrap_or_else(|| match network {
            Network::Model(model) => {
                mlp_kernel(&target, model, options.rows_per_dispatch.max(1) as u32)
            }
            _ => Kernel::MlpStep,
        });
        let program = step_program(network, mlp_kernel, &target, 1)?;
        let many = many_rows(network, mlp_kernel, &target, options)?;
        let layouts = checked(device, "the bind group layouts", || {
            let read_only = match network {
                Network::Model(_) => 3,
                Network::Wgsl(_) => 2,
                Network::External(_) => 1,
            };
            Layouts::new(device, read_only, program.scratch_bytes > 0, many.is_some())
        })?;
        let cache = options.pipeline_cache.as_ref();
        let compiled = |kernel, text| {
            let text = options.rewritten(kernel, program.kernel, text);
            build(device, &layouts, kernel, &text, cache)
        };
        let plain =
            |kernel: Kernel| compiled(kernel, kernel.compose(&plain_constants(dims, &target), ""));
        let init_noise = plain(Kernel::InitNoise)?;
        let threshold =
            (options.dynamic_threshold || thresholds(plan)).then(|| plain(Kernel::ThresholdStep));
        let step = compiled(program.kernel, program.wgsl())?;
        let quiet = program
            .without_noise()
            .map(|program| compiled(program.kernel, program.wgsl()));
        let scratch_bytes = many
            .as_ref()
            .map_or(0, |(_, program)| program.scratch_bytes);
        let many = many.map(|(rows, program)| {
            compiled(program.kernel, program.wgsl()).map(|pipeline| ManyRows { pipeline, rows })
        });
        let buffers = match network {
            Network::Model(model) => {
                mlp_buffers(device, model, plan, program.padded, row_capacity, &target)?
            }
            Network::Wgsl(network) => params_buffer(device, &network.params, limits)?,
            Network::External(_) => NetworkBuffers::External,
        };

        Ok(Self {
            init_noise,
            step,
            quiet: quiet.transpose()?,
            noisy: noisy(plan),
            many: many.transpose()?,
            threshold: threshold.transpose()?,
            thresholds: thresholds(plan),
            mask: OnceLock::new(),
            layouts,
            network: buffers,
            steps,
            normal_table,
            samples_per_workgroup: program.samples_per_workgroup,
            scratch_bytes: program.scratch_bytes.max(scratch_bytes),
            dims,
            num_classes: network.num_classes(),
            sample_shape: network.sample_shape().to_vec(),
            kernel: program.kernel,
            rows: plan.len(),
            row_capacity,
            options: options.clone(),
        })
    }

    /// Rows of the plan: the steps that [`DiffusionSampler::encode`] takes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a plan has at least one row")]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Shape of one sample.
    #[must_use]
    pub fn sample_shape(&self) -> &[usize] {
        &self.sample_shape
    }

    /// The kernel that runs each step.
    #[must_use]
    pub fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// Replaces the plan for all runs of this sampler: no new pipeline, buffer or bind group. Takes effect with the next submit.
    ///
    /// # Errors
    /// [`SamplerError::PlanTooLong`] if the plan has more rows than [`SamplerOptions::row_capacity`];
    /// [`SamplerError::DynamicThreshold`] if it thresholds, the first plan did not, and
    /// [`SamplerOptions::dynamic_threshold`] was not set.
    pub fn set_plan(&mut self, queue: &Queue, plan: &Plan) -> Result<(), SamplerError> {
        if plan.len() > self.row_capacity {
            return Err(SamplerError::PlanTooLong {
                rows: plan.len(),
                capacity: self.row_capacity,
            });
        }
        if thresholds(plan) && self.threshold.is_none() {
            return Err(SamplerError::DynamicThreshold);
        }
        queue.write_buffer(&self.steps, 0, &step_table(plan, self.dims));
        let start = u64::from(self.start_offset());
        queue.write_buffer(&self.steps, start, &start_row(plan));
        self.thresholds = thresholds(plan);
        self.noisy = noisy(plan);
        if let NetworkBuffers::Mlp {
            biases,
            model,
            padded,
            ..
        } = &self.network
        {
            queue.write_buffer(
                biases,
                0,
                bytemuck::cast_slice(&pack_biases(model, plan, *padded)),
            );
        }
        self.rows = plan.len();
        Ok(())
    }

    /// Allocates and fills the buffers of a batch. A batch beyond the device's limits is split into parts.
    ///
    /// # Errors
    /// [`SamplerError::Batch`] if the network cannot take the batch, [`SamplerError::OutOfMemory`] if the device cannot hold it.
    pub fn prepare(
        &self,
        device: &Device,
        queue: &Queue,
        batch: &Batch,
    ) -> Result<Run, SamplerError> {
        Run::new(self, device, queue, batch).map_err(|unprepared| unprepared.error)
    }

    /// As [`DiffusionSampler::prepare`] of as many samples from the batch's beginning as the device has memory for: all, else half as many,
    /// and so on. [`Run::count`] says how many; [`Batch::part`] gives the rest. Samples do not depend on it.
    ///
    /// # Errors
    /// As [`DiffusionSampler::prepare`]; [`SamplerError::OutOfMemory`] if not even one sample fits.
    pub fn prepare_fitting(
        &self,
        device: &Device,
        queue: &Queue,
        batch: &Batch,
    ) -> Result<Run, SamplerError> {
        let mut count = batch.count;
        loop {
            let prepared = if count == batch.count {
                Run::new(self, device, queue, batch)
            } else {
                Run::new(self, device, queue, &batch.part(0..count))
            };
            match prepared {
                Ok(run) => return Ok(run),
                Err(Unprepared {
                    error: SamplerError::OutOfMemory { .. },
                    too_many,
                }) if count > 1 => {
                    count = count.div_ceil(2);
                    // A driver may clear all memory that it hands out, so what is sure to fail is not tried.
                    while count >= too_many && count > 1 {
                        count = count.div_ceil(2);
                    }
                }
                Err(unprepared) => return Err(unprepared.error),
            }
        }
    }

    /// Where the table of steps has what is before the first.
    pub(crate) fn start_offset(&self) -> u32 {
        (self.row_capacity * STEP_STRIDE) as u32
    }

    /// Compiles the kernel of inpainting, the first time it is called.
    pub(crate) fn compile_mask(&self, device: &Device) -> Result<(), SamplerError> {
        if self.mask.get().is_none() {
            let text = Kernel::MaskStep
                .compose(&plain_constants(self.dims, &ShaderTarget::of(device)), "");
            let text = self.options.rewritten(Kernel::MaskStep, self.kernel, text);
            let program = MaskProgram::new(
                device,
                &self.layouts,
                &text,
                self.options.pipeline_cache.as_ref(),
            )?;
            // Another thread may have been first, with the same.
            let _ = self.mask.set(program);
        }
        Ok(())
    }

    /// Most samples that one part of a run may have on this device.
    pub(crate) fn part_limit(&self, limits: &Limits) -> usize {
        let bytes = limits
            .max_storage_buffer_binding_size
            .min(limits.max_buffer_size);
        let by_memory = bytes as usize / (4 * self.dims.next_multiple_of(4));
        // Workgroups form a grid of two dimensions, so no dispatch limit is near; quads are counted in u32.
        let by_index = u32::MAX as usize / self.dims.next_multiple_of(4);
        let by_scratch = match self.scratch_bytes {
            0 => usize::MAX,
            bytes_each => bytes as usize / bytes_each * self.samples_per_workgroup as usize,
        };
        let limit = by_memory.min(by_index).min(by_scratch).max(1);
        if self.options.part_samples == 0 {
            limit
        } else {
            limit.min(self.options.part_samples)
        }
    }
}

/// Which rows add noise.
fn noisy(plan: &Plan) -> Vec<bool> {
    plan.steps()
        .iter()
        .map(|row| row.noise_scale != 0.0)
        .collect()
}

fn thresholds(plan: &Plan) -> bool {
    matches!(plan.clipping(), Clipping::DynamicThreshold { .. })
}
