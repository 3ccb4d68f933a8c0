//! The properties of a device that shape its kernels, with the options that do.

use wgpu::{Device, Features};

use super::options::SamplerOptions;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::precision::Precision;
use crate::gpu::device::shader_target::ShaderTarget;

/// The properties of the device that shape the kernels, with the options that do.
pub fn target(device: &Device, options: &SamplerOptions) -> Result<ShaderTarget, SamplerError> {
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
