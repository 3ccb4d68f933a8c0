//! Choices of a sampler that do not change what is sampled, only how.

use std::time::Duration;

use crate::gpu::device::cooperative_matrix::MatrixUnits;
use crate::gpu::run::readback::READ_TIMEOUT;
use crate::gpu::run::submit::SUBMISSION_TARGET;
#[cfg(doc)]
use crate::gpu::sampler::DiffusionSampler;
use crate::gpu::shader::composed::Composed;
use crate::gpu::shader::kernel::Kernel;

/// How the weights of an MLP, and its activations where they are in workgroup memory, are stored. All sums are f32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// f32.
    #[default]
    Single,
    /// f16: half the memory and half the traffic. An output differs by about 1e-3 of the largest value; noise stays the same bits.
    /// Takes [`wgpu::Features::SHADER_F16`].
    Half,
}

/// Choices that do not change what is sampled, only how.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SamplerOptions {
    /// Kernel for the MLP; none: by device and shape ([`Kernel::MlpStepSerial`] where the driver runs on a CPU, [`Kernel::MlpStepMatrix`]
    /// with [`SamplerOptions::matrix_units`], else [`Kernel::MlpStep`]).
    pub mlp_kernel: Option<Kernel>,
    /// Matrix units to use for an MLP that is stored in their precision: those that
    /// [`verify::matrix_units_blocking`](crate::verify::matrix_units_blocking) has found to work.
    pub matrix_units: Option<MatrixUnits>,
    /// How an MLP's weights and activations are stored.
    pub precision: Precision,
    /// Rows of plans that [`DiffusionSampler::set_plan`] may bring later; at least the first plan's.
    pub row_capacity: usize,
    /// Compile dynamic thresholding even if the first plan does not use it, for plans that [`DiffusionSampler::set_plan`] may bring later.
    pub dynamic_threshold: bool,
    /// Rows that one dispatch takes where it can: fewer dispatches for small batches, longer ones for large. 0 and 1: one each. Has no
    /// effect on an external network, on matrix units, nor where a plan thresholds dynamically: there every row needs other dispatches too, as it does where a
    /// batch keeps known data.
    pub rows_per_dispatch: usize,
    /// Most samples in one part of a run, below what the device's limits allow; 0: what they allow.
    pub part_samples: usize,
    /// Device time that a submission of [`DiffusionSampler::submit_blocking`] aims at, [`SUBMISSION_TARGET`] unless set.
    pub submission_target: Duration,
    /// Where the driver keeps what it has compiled, made by the caller on a device with [`wgpu::Features::PIPELINE_CACHE`].
    pub pipeline_cache: Option<wgpu::PipelineCache>,
    /// How long blocking functions wait for the device before they give up, [`READ_TIMEOUT`] unless set.
    pub timeout: Duration,
    /// A fault to plant: text of the composed WGSL and what to put in its place. With it a test shows that it would notice.
    #[doc(hidden)]
    pub rewrite: Option<(&'static str, &'static str)>,
    /// Which kernel's text the fault goes into; none: the step's.
    #[doc(hidden)]
    pub rewrite_in: Option<Kernel>,
}

impl Default for SamplerOptions {
    fn default() -> Self {
        Self {
            mlp_kernel: None,
            matrix_units: None,
            precision: Precision::Single,
            row_capacity: 0,
            dynamic_threshold: false,
            rows_per_dispatch: 1,
            part_samples: 0,
            submission_target: SUBMISSION_TARGET,
            pipeline_cache: None,
            timeout: READ_TIMEOUT,
            rewrite: None,
            rewrite_in: None,
        }
    }
}

impl SamplerOptions {
    /// The text of a kernel, with the fault that is to be planted in it. `step` is the kernel of the step.
    pub(crate) fn rewritten(&self, kernel: Kernel, step: Kernel, text: Composed) -> Composed {
        match self.rewrite {
            Some(fault) if kernel == self.rewrite_in.unwrap_or(step) => plant(kernel, text, fault),
            _ => text,
        }
    }
}

/// A kernel's text with a fault in it.
///
/// # Panics
/// If the text does not have what the fault takes the place of: the test would test nothing.
pub fn plant(kernel: Kernel, text: Composed, (from, to): (&'static str, &'static str)) -> Composed {
    assert!(
        text.text().contains(from),
        "{} has no {from:?}",
        kernel.name()
    );
    text.replaced(from, to)
}
