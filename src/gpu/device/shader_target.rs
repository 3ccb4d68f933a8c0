//! The properties of a device that shape the text of its kernels.

use wgpu::{Device, DeviceType, Features, Limits};

/// The properties of a device that shape the text of its kernels.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ShaderTarget {
    /// Limits of the device.
    pub limits: Limits,
    /// Invocations of a subgroup where the device has subgroups of one fixed size, else 1.
    pub lanes: u32,
    /// 64-bit integers ([`Features::SHADER_INT64`]).
    pub int64: bool,
    /// Weights and activations are stored as f16, which takes [`Features::SHADER_F16`].
    pub half: bool,
    /// Side of the square matrices that its matrix units multiply, with sums in f32; 0 where they
    /// are not used.
    pub matrix: u32,
    /// True if its driver runs on a CPU.
    pub software: bool,
    /// Runs have a ring of earlier estimates, for plans that look back on more than the last x̂₀.
    pub ring: bool,
}

impl ShaderTarget {
    /// A device of these limits and no features.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            lanes: 1,
            int64: false,
            half: false,
            matrix: 0,
            software: false,
            ring: false,
        }
    }

    /// A device as it was opened.
    #[must_use]
    pub fn of(device: &Device) -> Self {
        let (info, features) = (device.adapter_info(), device.features());
        let fixed = info.subgroup_min_size == info.subgroup_max_size;
        let subgroups = features.contains(Features::SUBGROUP) && fixed;
        Self {
            limits: device.limits(),
            lanes: if subgroups { info.subgroup_max_size } else { 1 },
            int64: features.contains(Features::SHADER_INT64),
            half: false,
            matrix: 0,
            software: info.device_type == DeviceType::Cpu,
            ring: false,
        }
    }
}
