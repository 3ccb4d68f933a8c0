//! The properties of a device that shape the text of its kernels.

use wgpu::{Device, DeviceType, Features, Limits};

/// Invocations of a workgroup of the serial kernels where there are no subgroups.
const SERIAL_WORKGROUP: u32 = 8;
/// Subgroups that the serial kernels are made for.
const SERIAL_LANES: std::ops::RangeInclusive<u32> = 4..=32;
/// Rounds that all loops of an invocation of a serial kernel may take together. llvmpipe ends them
/// at 65,535, and nobody hears of it (`LP_MAX_TGSI_LOOP_ITERATIONS` in Mesa).
pub(in crate::gpu) const SERIAL_ROUNDS: usize = 60_000;

/// Samples of the largest tile of a workgroup.
const MAX_TILE: u32 = 64;
/// Most invocations of a workgroup of the kernels that share a layer out among them.
const MAX_INVOCATIONS: u32 = 256;

/// Invocations that a workgroup of one dimension may have, for kernels that share a layer out among
/// them.
pub(in crate::gpu) fn workgroup_invocations(limits: &Limits) -> u32 {
    invocations_up_to(MAX_INVOCATIONS, limits)
}

/// The same for kernels that have a use for more of them.
pub(in crate::gpu) fn invocations_up_to(most: u32, limits: &Limits) -> u32 {
    limits
        .max_compute_invocations_per_workgroup
        .min(limits.max_compute_workgroup_size_x)
        .min(most)
}

/// The properties of a device that shape the text of its kernels.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ShaderTarget {
    /// Limits of the device.
    pub limits: Limits,
    /// Invocations of a subgroup where the device has subgroups of one fixed size, else 1.
    pub lanes: u32,
    /// Invocations of the largest subgroup that the device makes, 1 without subgroups. What the kernels for
    /// matrix units are composed for; subgroups may be smaller.
    pub most_lanes: u32,
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
    /// Plans may clip more than x̂₀ ([`Clips`](crate::diffusion::Clips)).
    pub clips: bool,
    /// Most samples that a workgroup of `mlp_step` and of `program_step` carries: more would leave small
    /// batches on few workgroups.
    pub tile_samples: u32,
}

impl ShaderTarget {
    /// A device of these limits and no features.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            lanes: 1,
            most_lanes: 1,
            int64: false,
            half: false,
            matrix: 0,
            software: false,
            ring: false,
            clips: false,
            tile_samples: MAX_TILE,
        }
    }

    /// A device as it was opened.
    #[must_use]
    pub fn of(device: &Device) -> Self {
        let (info, features) = (device.adapter_info(), device.features());
        let most_lanes = match features.contains(Features::SUBGROUP) {
            true => info.subgroup_max_size,
            false => 1,
        };
        let fixed = info.subgroup_min_size == info.subgroup_max_size;
        Self {
            limits: device.limits(),
            lanes: if fixed { most_lanes } else { 1 },
            most_lanes,
            int64: features.contains(Features::SHADER_INT64),
            half: false,
            matrix: 0,
            software: info.device_type == DeviceType::Cpu,
            ring: false,
            clips: false,
            tile_samples: MAX_TILE,
        }
    }

    /// Of the kernels for drivers that run on a CPU: the invocations that share what they load, and
    /// those of a workgroup.
    pub(in crate::gpu) fn serial_lanes(&self) -> (u32, u32) {
        if SERIAL_LANES.contains(&self.lanes) && self.lanes.is_power_of_two() {
            (self.lanes, self.lanes)
        } else {
            (1, SERIAL_WORKGROUP)
        }
    }
}
