//! A device being verified, and how.

use std::time::Duration;

use wgpu::{CommandEncoder, CommandEncoderDescriptor, DeviceType};

use super::compare::Comparison;
use super::report::{Check, Measure};
use crate::batch::Batch;
use crate::diffusion::Plan;
use crate::gpu::{
    DiffusionSampler, Kernel, Link, MatrixUnits, Network, Precision, Run, SamplerError,
    SamplerOptions,
};

/// How to verify.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// The only kernel to verify; none: the noise, and all kernels that a run on the device may use
    /// (all but [`Kernel::MlpStepSerial`] and [`Kernel::ProgramStepSerial`] where its driver does
    /// not run on a CPU).
    pub only: Option<Kernel>,
    /// Verify the noise alone: known answers, the normals, the published hash.
    pub noise_only: bool,
    /// Verify only what stores weights as f32, or only the networks' kernels that store them as f16;
    /// none: both.
    pub precision: Option<Precision>,
    /// Matrix units that the device was opened with, at most one of each precision:
    /// `mlp_step_matrix` and `program_step_matrix` are verified on them.
    pub matrix_units: Vec<MatrixUnits>,
    /// How long the blocking functions wait for each submission;
    /// [`READ_TIMEOUT`](crate::gpu::READ_TIMEOUT) unless told otherwise.
    pub timeout: Option<Duration>,
    /// A fault to plant in a kernel, with which a test shows that it would be found.
    #[cfg(feature = "fault-injection")]
    pub fault: Option<crate::gpu::Fault>,
}

impl Options {
    /// Options for a sampler that uses `kernel` if its network is an MLP.
    pub(crate) fn sampler(&self, kernel: Kernel) -> SamplerOptions {
        SamplerOptions {
            mlp_kernel: Some(kernel),
            #[cfg(feature = "fault-injection")]
            fault: self.fault,
            ..SamplerOptions::default()
        }
    }

    /// The same with weights that are stored in `precision`, and the matrix units of that.
    pub(crate) fn stored(&self, kernel: Kernel, precision: Precision) -> SamplerOptions {
        let mut units = self.matrix_units.iter();
        SamplerOptions {
            precision,
            matrix_units: units.find(|units| units.precision() == precision).copied(),
            ..self.sampler(kernel)
        }
    }

    pub(crate) fn wants(&self, kernel: Kernel) -> bool {
        !self.noise_only && self.only.is_none_or(|only| only == kernel)
    }
}

/// A device being verified.
pub struct Verifier<'a> {
    /// The device, and who polls it.
    pub link: Link<'a>,
    pub options: &'a Options,
}

impl Verifier<'_> {
    /// Whether a kernel is verified here: named, or of those that a run on this device may use.
    pub fn uses(&self, kernel: Kernel) -> bool {
        self.options.only == Some(kernel)
            || used(kernel, self.link.device.adapter_info().device_type)
    }

    /// Makes a check of what `compare` finds. Errors that say something of the device end the
    /// verification; others fail the check.
    pub async fn check(
        &self,
        name: impl Into<String>,
        what: &'static str,
        measure: Measure,
        compare: impl AsyncFnOnce(&mut Comparison) -> Result<(), SamplerError>,
    ) -> Result<Check, SamplerError> {
        let mut comparison = Comparison::default();
        let error = match compare(&mut comparison).await {
            Ok(()) => None,
            Err(error) if error.is_of_device() => return Err(error),
            Err(error) => Some(error),
        };
        Ok(comparison.check(name.into(), what, measure, error))
    }

    /// A sampler on the device.
    pub async fn sampler<'n>(
        &self,
        network: impl Into<Network<'n>>,
        plan: &Plan,
        options: &SamplerOptions,
    ) -> Result<DiffusionSampler, SamplerError> {
        DiffusionSampler::with_options_async(self.link.device, network, plan, options).await
    }

    /// A run of a sampler on the device.
    pub async fn prepare(
        &self,
        sampler: &DiffusionSampler,
        batch: &Batch,
    ) -> Result<Run, SamplerError> {
        let Link { device, queue, .. } = self.link;
        sampler.prepare_async(device, queue, batch).await
    }

    /// Submits what `record` records.
    pub async fn submit(
        &self,
        record: impl FnOnce(&mut CommandEncoder),
    ) -> Result<(), SamplerError> {
        let Link { device, queue, .. } = self.link;
        let submitted = self.link.checked("ddim.verify", || {
            let descriptor = CommandEncoderDescriptor {
                label: Some("ddim.verify"),
            };
            let mut encoder = device.create_command_encoder(&descriptor);
            record(&mut encoder);
            queue.submit([encoder.finish()]);
        });
        submitted.await
    }

    /// x of all samples of a run.
    pub async fn read(&self, run: &Run) -> Result<Vec<f32>, SamplerError> {
        run.gather_state(self.link).await
    }

    /// x̂₀ of all samples of a run.
    pub async fn read_x0(&self, run: &Run) -> Result<Vec<f32>, SamplerError> {
        run.gather_x0(self.link).await
    }
}

/// Whether a run on a device of this kind may use a kernel without being told to.
fn used(kernel: Kernel, device: DeviceType) -> bool {
    let serial = matches!(kernel, Kernel::MlpStepSerial | Kernel::ProgramStepSerial);
    !serial || device == DeviceType::Cpu
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_for_software_drivers_is_left_out_elsewhere_and_only_it() {
        for kernel in Kernel::ALL {
            assert!(used(kernel, DeviceType::Cpu), "{kernel:?}");
            for device in [DeviceType::DiscreteGpu, DeviceType::IntegratedGpu] {
                let serial = [Kernel::MlpStepSerial, Kernel::ProgramStepSerial];
                assert_eq!(used(kernel, device), !serial.contains(&kernel));
            }
        }
    }
}
