//! Everything there is to verify of a device.

use wgpu::{Device, Queue};

use super::harness::report::{Check, Report, Subject};
use super::harness::verifier::{Options, Verifier};
use super::{kernels, noise, runs};
use crate::gpu::{Kernel, Precision, SamplerError};

/// Verifies a device: its noise, every kernel, whole runs. Takes some seconds, most of them for
/// compiling.
///
/// Submits, polls and blocks the calling thread. Needs some 100 MB on the device, in buffers of at
/// most 4 MiB.
///
/// # Errors
/// [`SamplerError::DeviceLost`], [`SamplerError::OutOfMemory`] and [`SamplerError::Timeout`], which
/// end it. All else that goes wrong, such as a kernel that the driver refuses, is a failed
/// [`Check`].
pub fn device(device: &Device, queue: &Queue) -> Result<Report, SamplerError> {
    device_with(device, queue, &Options::default(), |_| {})
}

/// As [`device()`]; `progress` hears of each check as soon as it is done.
///
/// # Errors
/// As [`device()`].
pub fn device_with(
    device: &Device,
    queue: &Queue,
    options: &Options,
    mut progress: impl FnMut(&Check),
) -> Result<Report, SamplerError> {
    let on = Verifier {
        device,
        queue,
        options,
    };
    let mut checks = Vec::new();
    let mut add = |check: Check| {
        progress(&check);
        checks.push(check);
    };
    let single = options.precision != Some(Precision::Half);
    let half = options.precision != Some(Precision::Single);
    if single && options.only.is_none() {
        add(noise::philox(&on)?);
        add(noise::normal(&on)?);
        add(noise::hash(&on)?);
    }
    let wanted = || {
        Kernel::ALL
            .into_iter()
            .filter(|&kernel| options.wants(kernel))
    };
    for kernel in wanted() {
        if single {
            add(kernels::check(&on, kernel)?);
        }
        if half && let Some(check) = kernels::check_half(&on, kernel)? {
            add(check);
        }
    }
    let used = || wanted().filter(|&kernel| on.uses(kernel));
    if single {
        for kernel in used() {
            if let Some(check) = runs::trajectory(&on, kernel)? {
                add(check);
            }
        }
        for kernel in used() {
            if let Some(check) = runs::invariance(&on, kernel)? {
                add(check);
            }
        }
    }
    Ok(Report::new(Subject::of(device), checks))
}
