//! Matrix units, tried before they are used.

use std::time::Duration;

use wgpu::{Adapter, Device, Queue};

use crate::gpu::{Kernel, Link, MatrixUnits, Precision, READ_TIMEOUT, SamplerError};
use crate::verify::harness::verifier::{Options, Verifier};
use crate::verify::kernels;

/// The matrix units of a device for models stored in `precision`, if `mlp_step_matrix` and
/// `program_step_matrix` compute there what their twins do: for
/// [`SamplerOptions::matrix_units`](crate::gpu::SamplerOptions::matrix_units). None where the
/// adapter offers none or the device was opened without [`MatrixUnits::FEATURES`]; they are an
/// experimental feature of wgpu.
///
/// Compiles and runs a few small networks: it submits, polls and blocks the calling thread for some
/// hundred milliseconds.
///
/// # Errors
/// [`SamplerError::Unproved`] if a kernel computes something else, with how far it is off, or the
/// driver refuses it; [`SamplerError::DeviceLost`], [`SamplerError::OutOfMemory`] and
/// [`SamplerError::Timeout`].
pub fn matrix_units_blocking(
    adapter: &Adapter,
    device: &Device,
    queue: &Queue,
    precision: Precision,
) -> Result<Option<MatrixUnits>, SamplerError> {
    matrix_units_within(READ_TIMEOUT, adapter, (device, queue), precision)
}

/// As [`matrix_units_blocking`], waiting no longer than `timeout` for each submission.
///
/// # Errors
/// As [`matrix_units_blocking`].
pub fn matrix_units_within(
    timeout: Duration,
    adapter: &Adapter,
    (device, queue): (&Device, &Queue),
    precision: Precision,
) -> Result<Option<MatrixUnits>, SamplerError> {
    let offered = MatrixUnits::offered(adapter, precision);
    let Some(units) = offered.filter(|units| units.check(device).is_ok()) else {
        return Ok(None);
    };
    let options = Options {
        matrix_units: vec![units],
        ..Options::default()
    };
    let on = Verifier {
        link: Link::polling(device, queue, timeout),
        options: &options,
    };
    for kernel in Kernel::ALL
        .into_iter()
        .filter(|kernel| kernel.takes_matrix_units())
    {
        let check = pollster::block_on(kernels::matrix(&on, kernel, precision))?;
        if let Some(detail) = check.detail {
            let what = kernel.name();
            return Err(SamplerError::Unproved { what, detail });
        }
    }
    Ok(Some(units))
}
