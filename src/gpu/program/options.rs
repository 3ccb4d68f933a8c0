//! Choices of a sampler that do not change what is sampled, only how.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::gpu::device::cooperative_matrix::MatrixUnits;
use crate::gpu::device::precision::Precision;
use crate::gpu::device::waiting::READ_TIMEOUT;
#[cfg(doc)]
use crate::gpu::sampler::DiffusionSampler;
use crate::gpu::shader::composed::Composed;
use crate::gpu::shader::kernel::Kernel;

/// Device time that one submission of [`DiffusionSampler::submit`] aims at, unless told otherwise.
pub const SUBMISSION_TARGET: Duration = Duration::from_millis(100);

/// Choices that do not change what is sampled, only how.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SamplerOptions {
    /// Kernel for a residual MLP or a network of layers; one of the other architecture's is not
    /// looked at. `None`: by device and shape ([`Kernel::MlpStepSerial`] and
    /// [`Kernel::ProgramStepSerial`] where the driver runs on a CPU, [`Kernel::MlpStepMatrix`] and
    /// [`Kernel::ProgramStepMatrix`] with [`SamplerOptions::matrix_units`], else [`Kernel::MlpStep`]
    /// and [`Kernel::ProgramStep`]).
    pub mlp_kernel: Option<Kernel>,
    /// Matrix units to use for a residual MLP or a network of layers that is stored in their
    /// precision and fits a workgroup: those that
    /// [`verify::matrix_units_blocking`](crate::verify::matrix_units_blocking) has found to work.
    pub matrix_units: Option<MatrixUnits>,
    /// Storage precision of an MLP's weights and activations, and of the weights of a network of
    /// layers; on matrix units also of what they are multiplied with.
    pub precision: Precision,
    /// Rows of the longest plan that [`DiffusionSampler::set_plan`] may bring later. `None`, or
    /// fewer than the first plan's: as many as that has.
    pub row_capacity: Option<NonZeroUsize>,
    /// Compiles dynamic thresholding even if the first plan does not use it, for plans that
    /// [`DiffusionSampler::set_plan`] may bring later.
    pub dynamic_threshold: bool,
    /// Gives runs a ring of earlier estimates even if the first plan does not look back that far
    /// ([`History::Ring`](crate::diffusion::History)), for plans that
    /// [`DiffusionSampler::set_plan`] may bring later. It takes three times the memory of a state.
    pub history: bool,
    /// Compiles the clips of noise, ε̂ and the last state ([`Clips`](crate::diffusion::Clips)) even
    /// if the first plan has none, for plans that [`DiffusionSampler::set_plan`] may bring later.
    pub clips: bool,
    /// Rows that one dispatch takes where it can: fewer dispatches for small batches, longer ones
    /// for large. `None`: one, or by [`SamplerOptions::expected_samples`]. Has no effect on an external
    /// network, on matrix units, on [`Kernel::MlpStepSplit`], nor where a plan thresholds dynamically or a batch
    /// keeps known data: every row needs further dispatches there.
    pub rows_per_dispatch: Option<NonZeroUsize>,
    /// Samples that most runs will have. `None`: nobody knows, and the step has one form for any number.
    /// With it the form is chosen by [`Cost`](crate::gpu::Cost): the tile's size, whether each layer is a
    /// dispatch of its own ([`Kernel::MlpStepSplit`], for few samples of a wide network), and how many rows
    /// one dispatch takes, each where nothing else here says. Samples of two forms differ in their last
    /// bits, those of one do not depend on the batch. No choice on drivers that run on a CPU but the rows.
    pub expected_samples: Option<NonZeroUsize>,
    /// Most samples that a workgroup of [`Kernel::MlpStep`] and of [`Kernel::ProgramStep`] carries.
    /// `None`: 64, or as many as it has memory and invocations for.
    pub tile_samples: Option<NonZeroUsize>,
    /// Most samples in one shard of a run. `None`, or more than the device's limits allow: as many
    /// as they allow.
    pub shard_samples: Option<NonZeroUsize>,
    /// Device time that a submission of [`DiffusionSampler::submit`] aims at, [`SUBMISSION_TARGET`]
    /// unless set.
    pub submission_target: Duration,
    /// Cache of the driver's compiled kernels, made by the caller on a device with
    /// [`wgpu::Features::PIPELINE_CACHE`].
    pub pipeline_cache: Option<wgpu::PipelineCache>,
    /// Time that blocking functions wait for the device before they give up, [`READ_TIMEOUT`]
    /// unless set.
    pub timeout: Duration,
    /// A fault to plant in a kernel, with which a test shows that it would notice.
    #[cfg(feature = "fault-injection")]
    pub fault: Option<Fault>,
}

impl Default for SamplerOptions {
    fn default() -> Self {
        Self {
            mlp_kernel: None,
            matrix_units: None,
            precision: Precision::Single,
            row_capacity: None,
            dynamic_threshold: false,
            history: false,
            clips: false,
            rows_per_dispatch: None,
            expected_samples: None,
            tile_samples: None,
            shard_samples: None,
            submission_target: SUBMISSION_TARGET,
            pipeline_cache: None,
            timeout: READ_TIMEOUT,
            #[cfg(feature = "fault-injection")]
            fault: None,
        }
    }
}

impl SamplerOptions {
    /// What of these options changes samples in their last bits. Empty unless something is asked for.
    #[must_use]
    pub fn form(&self) -> String {
        let kernel = self.mlp_kernel.map(|kernel| kernel.name().to_owned());
        let units = self.matrix_units;
        let units = units.map(|units| format!("matrix units of {}", units.size()));
        let half = self.precision == Precision::Half;
        let half = half.then(|| "half precision".to_owned());
        let tile = self.tile_samples.map(|most| format!("tiles of {most}"));
        let expected = self.expected_samples;
        let expected = expected.map(|count| format!("{count} samples expected"));
        let parts = [kernel, units, half, tile, expected];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// The text of a kernel, with the fault that is to be planted in it. `step` is the kernel of
    /// the step.
    #[cfg(feature = "fault-injection")]
    pub(in crate::gpu) fn rewritten(
        &self,
        kernel: Kernel,
        step: Kernel,
        text: Composed,
    ) -> Composed {
        match self.fault {
            Some(fault) if kernel == fault.kernel.unwrap_or(step) => fault.plant(kernel, text),
            _ => text,
        }
    }

    #[cfg(not(feature = "fault-injection"))]
    #[expect(clippy::unused_self, reason = "the options hold no fault to plant")]
    pub(in crate::gpu) fn rewritten(&self, _: Kernel, _: Kernel, text: Composed) -> Composed {
        text
    }
}

/// A fault to plant in a kernel: text of the composed WGSL and its replacement.
#[cfg(feature = "fault-injection")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The kernel whose text is changed; `None`: the step's.
    pub kernel: Option<Kernel>,
    /// The text to be replaced, every time it occurs.
    pub from: &'static str,
    /// Its replacement.
    pub to: &'static str,
}

#[cfg(feature = "fault-injection")]
impl Fault {
    /// A kernel's text with the fault in it.
    ///
    /// # Panics
    /// If the text does not have what the fault replaces: the test would test nothing.
    pub(crate) fn plant(self, kernel: Kernel, text: Composed) -> Composed {
        let Self { from, to, .. } = self;
        let found = text.text().contains(from);
        assert!(found, "{} has no {from:?}", kernel.name());
        text.replaced(from, to)
    }
}
