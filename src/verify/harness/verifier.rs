//! A device being verified, and how.

use wgpu::{CommandEncoder, CommandEncoderDescriptor, Device, Queue};

use super::compare::Comparison;
use super::report::{Check, Measure};
use crate::gpu::{Kernel, MatrixUnits, Precision, SamplerError, SamplerOptions, checked_blocking};

/// How to verify.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// The only kernel to verify; none: all of them, and the noise.
    pub only: Option<Kernel>,
    /// Verify only what stores weights as f32, or only the MLP's kernels that store them as f16;
    /// none: both.
    pub precision: Option<Precision>,
    /// Matrix units that the device was opened with, at most one of each precision:
    /// `mlp_step_matrix` is verified on them.
    pub matrix_units: Vec<MatrixUnits>,
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

    pub(crate) fn wants(&self, kernel: Kernel) -> bool {
        self.only.is_none_or(|only| only == kernel)
    }
}

/// A device being verified.
pub struct Verifier<'a> {
    pub device: &'a Device,
    pub queue: &'a Queue,
    pub options: &'a Options,
}

impl Verifier<'_> {
    /// Makes a check of what `compare` finds. Errors that say something of the device end the
    /// verification; others fail the check.
    pub fn check(
        &self,
        name: impl Into<String>,
        what: &'static str,
        measure: Measure,
        compare: impl FnOnce(&mut Comparison) -> Result<(), SamplerError>,
    ) -> Result<Check, SamplerError> {
        let mut comparison = Comparison::default();
        let error = match compare(&mut comparison) {
            Ok(()) => None,
            Err(
                error @ (SamplerError::DeviceLost
                | SamplerError::OutOfMemory { .. }
                | SamplerError::Timeout { .. }),
            ) => return Err(error),
            Err(error) => Some(error),
        };
        Ok(comparison.check(name.into(), what, measure, error))
    }

    /// Submits what `record` records.
    pub fn submit(&self, record: impl FnOnce(&mut CommandEncoder)) -> Result<(), SamplerError> {
        checked_blocking(self.device, "ddim.verify", || {
            let descriptor = CommandEncoderDescriptor {
                label: Some("ddim.verify"),
            };
            let mut encoder = self.device.create_command_encoder(&descriptor);
            record(&mut encoder);
            self.queue.submit([encoder.finish()]);
        })
    }
}
