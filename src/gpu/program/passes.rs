//! What is compiled of a network, whatever the plan.

use std::sync::OnceLock;

use wgpu::Device;

use super::choose::{form, program};
use super::compiler::Compiler;
use super::inpaint::Inpainting;
use super::multi_step::multi_step;
use super::network::Network;
use super::options::SamplerOptions;
use super::pipelines::Layouts;
use super::recording::{Recording, thresholds};
use super::target::target;
use crate::diffusion::{History, Plan};
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::checked;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::shader::kernel::Kernel;
use crate::gpu::shader::step_program::{Padded, plain_constants};

/// What is compiled, whatever the plan: its numbers are in the tables.
#[derive(Debug)]
pub struct Passes {
    pub recording: Recording,
    /// Compiled when the first run with known data is prepared.
    inpainting: OnceLock<Inpainting>,
    pub layouts: Layouts,
    pub samples: SampleKind,
    pub tile: Tile,
    /// The kernel of the step, and the widths that it takes layers for.
    pub kernel: Kernel,
    pub padded: Padded,
    /// What shaped the texts: whether runs have a ring, and plans may clip more than x̂₀.
    pub target: ShaderTarget,
    pub options: SamplerOptions,
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

impl Passes {
    /// Compiles the kernels of a network. Of the plan it matters only what kernels have switches
    /// for: clips, and how far back it looks.
    pub async fn new(
        device: &Device,
        network: Network<'_>,
        plan: &Plan,
        options: &SamplerOptions,
    ) -> Result<Self, SamplerError> {
        let mut target = target(device, options)?;
        target.ring = options.history || looks_far_back(plan);
        target.clips = options.clips || plan.clips().is_active();
        let kind = device.adapter_info().device_type;
        let form = form(network, kind, &target, options, plan.len());
        target.tile_samples = form.tile_samples;
        let rows = form.rows;
        let single = program(network, &target, form, 1)?;
        let multi = multi_step(network, form.kernel, &target, rows)?;
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
        Ok(Self {
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
            padded: single.padded,
            options: options.clone(),
            layouts,
            target,
        })
    }

    /// Whether these can run a plan.
    pub fn check(&self, plan: &Plan) -> Result<(), SamplerError> {
        if thresholds(plan) && self.recording.threshold().is_none() {
            return Err(SamplerError::DynamicThreshold);
        }
        if looks_far_back(plan) && !self.target.ring {
            return Err(SamplerError::History);
        }
        if plan.clips().is_active() && !self.target.clips {
            return Err(SamplerError::Clips);
        }
        Ok(())
    }

    /// Compiles the kernel of inpainting, the first time it is called.
    pub async fn compile_inpainting(&self, device: &Device) -> Result<(), SamplerError> {
        if self.inpainting.get().is_none() {
            let kernel = Kernel::MaskStep;
            let constants = plain_constants(self.samples.dims, &self.target);
            let text = kernel.compose(&constants, "");
            let text = self.options.rewritten(kernel, self.kernel, text);
            let cache = self.options.pipeline_cache.as_ref();
            let compiled = Inpainting::new(device, &self.layouts, &text, cache).await?;
            // Another thread may have been first, with the same.
            let _ = self.inpainting.set(compiled);
        }
        Ok(())
    }

    /// Inpainting, once it has been compiled.
    pub fn inpainting(&self) -> Option<&Inpainting> {
        self.inpainting.get()
    }
}

/// Whether a plan takes a ring of earlier estimates.
fn looks_far_back(plan: &Plan) -> bool {
    matches!(plan.history(), History::Ring(_))
}
