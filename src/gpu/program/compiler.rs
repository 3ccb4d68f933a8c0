//! The passes of a recording, compiled.

use wgpu::{ComputePipeline, Device};

use super::options::SamplerOptions;
use super::pipelines::{Layouts, build};
use super::recording::{Block, Pass, Recording, When};
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::shader::composed::Composed;
use crate::gpu::shader::kernel::Kernel;
use crate::gpu::shader::step_program::{StepProgram, plain_constants};

/// Compiles the passes of one network.
pub struct Compiler<'a> {
    pub device: &'a Device,
    pub layouts: &'a Layouts,
    pub target: &'a ShaderTarget,
    pub options: &'a SamplerOptions,
    /// The kernel of the step.
    pub step: Kernel,
    /// Values in one sample.
    pub dims: usize,
}

impl Compiler<'_> {
    /// All passes but inpainting's. `multi` takes several rows at a time; `thresholds` says whether
    /// there is a pass for dynamic thresholding.
    pub async fn recording(
        &self,
        single: &StepProgram,
        multi: Option<(usize, StepProgram)>,
        thresholds: bool,
    ) -> Result<Recording, SamplerError> {
        let start = self.plain(Kernel::InitNoise, When::Always).await?;
        let mut passes = Vec::new();
        match single.without_noise() {
            Some(without_noise) => {
                passes.extend(self.program(single, When::WithNoise).await?);
                passes.extend(self.program(&without_noise, When::WithoutNoise).await?);
            }
            None => passes.extend(self.program(single, When::Always).await?),
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
                self.program(&program, When::Always).await?,
            ));
        }
        blocks.push(Block::new(1, passes));
        Ok(Recording::new(start, blocks))
    }

    /// The passes of a row of a program.
    async fn program(&self, program: &StepProgram, when: When) -> Result<Vec<Pass>, SamplerError> {
        let mut passes = Vec::new();
        for (text, slices) in program.texts() {
            let pipeline = self.pipeline(program.kernel, text).await?;
            passes.push(Pass::new(program.kernel, pipeline, when, slices));
        }
        Ok(passes)
    }

    /// A kernel without a network.
    async fn plain(&self, kernel: Kernel, when: When) -> Result<Pass, SamplerError> {
        let text = kernel.compose(&plain_constants(self.dims, self.target), "");
        let pipeline = self.pipeline(kernel, text).await?;
        Ok(Pass::new(kernel, pipeline, when, 1))
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
