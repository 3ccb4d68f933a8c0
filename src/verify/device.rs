//! Everything there is to verify of a device.

use wgpu::{Device, Queue};

use super::harness::report::{Check, Report, Subject};
use super::harness::verifier::{Options, Verifier};
use super::{kernels, noise, runs};
use crate::gpu::{Kernel, Link, Precision, SamplerError};

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
#[cfg(not(target_arch = "wasm32"))]
pub fn device(device: &Device, queue: &Queue) -> Result<Report, SamplerError> {
    device_with(device, queue, &Options::default(), |_| {})
}

/// As [`device()`]; `progress` hears of each check as soon as it is done.
///
/// # Errors
/// As [`device()`].
#[cfg(not(target_arch = "wasm32"))]
pub fn device_with(
    device: &Device,
    queue: &Queue,
    options: &Options,
    mut progress: impl FnMut(&Check),
) -> Result<Report, SamplerError> {
    let timeout = options.timeout.unwrap_or(crate::gpu::READ_TIMEOUT);
    let link = Link::polling(device, queue, timeout);
    pollster::block_on(verify(&Verifier { link, options }, &mut progress))
}

/// As [`device_with()`], without blocking: it submits and awaits, so a page stays responsive. The
/// twins compute in between, some milliseconds at a time. On native platforms the host polls the
/// device meanwhile.
///
/// # Errors
/// As [`device()`].
pub async fn device_async(
    device: &Device,
    queue: &Queue,
    options: &Options,
    mut progress: impl FnMut(&Check),
) -> Result<Report, SamplerError> {
    let link = Link::new(device, queue);
    verify(&Verifier { link, options }, &mut progress).await
}

async fn verify(
    on: &Verifier<'_>,
    progress: &mut dyn FnMut(&Check),
) -> Result<Report, SamplerError> {
    let options = on.options;
    let mut checks = Vec::new();
    let mut add = |check: Check| {
        progress(&check);
        checks.push(check);
    };
    let single = options.precision != Some(Precision::Half);
    let half = options.precision != Some(Precision::Single);
    if single && options.only.is_none() {
        add(noise::philox(on).await?);
        add(noise::normal(on).await?);
        add(noise::hash(on).await?);
    }
    let wanted = || {
        Kernel::ALL
            .into_iter()
            .filter(|&kernel| options.wants(kernel))
    };
    for kernel in wanted() {
        if single {
            add(kernels::check(on, kernel).await?);
        }
        if half && let Some(check) = kernels::check_half(on, kernel).await? {
            add(check);
        }
    }
    let used = || wanted().filter(|&kernel| on.uses(kernel));
    if single {
        for kernel in used() {
            if let Some(check) = runs::trajectory(on, kernel).await? {
                add(check);
            }
        }
    }
    for kernel in used().filter(|kernel| single || kernel.takes_matrix_units()) {
        if let Some(check) = runs::invariance(on, kernel).await? {
            add(check);
        }
    }
    Ok(Report::new(Subject::of(on.link.device), checks))
}
