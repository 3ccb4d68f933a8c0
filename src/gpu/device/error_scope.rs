//! Error scopes: what a borrowed device reports about our own calls, and about nothing else.

use wgpu::{BufferDescriptor, BufferUsages, Device, ErrorFilter};

use super::error::SamplerError;

/// Runs `work` and turns the device's errors about it into one of ours. The caller's own error
/// handler never sees them.
///
/// A lost device reports no error: whatever is made on it is a dummy. So it is asked for a sign of
/// life afterwards. All scopes are popped before the first is awaited, so that calls of other tasks
/// never fall into them.
///
/// # Errors
/// [`SamplerError::OutOfMemory`], [`SamplerError::DeviceLost`], [`SamplerError::Refused`].
pub async fn checked<T>(
    device: &Device,
    what: &'static str,
    work: impl FnOnce() -> T,
) -> Result<T, SamplerError> {
    let (value, alive, reports) = {
        let memory = device.push_error_scope(ErrorFilter::OutOfMemory);
        let internal = device.push_error_scope(ErrorFilter::Internal);
        let validation = device.push_error_scope(ErrorFilter::Validation);
        let value = work();
        let alive = is_alive(device);
        let reports = [validation, internal, memory].map(wgpu::ErrorScopeGuard::pop);
        (value, alive, reports)
    };
    let [validation, internal, memory] = reports;
    let (validation, internal) = (validation.await, internal.await);
    if memory.await.is_some() {
        return Err(SamplerError::OutOfMemory { what });
    }
    if !alive {
        return Err(SamplerError::DeviceLost);
    }
    match validation.or(internal) {
        Some(error) => Err(SamplerError::Refused {
            what,
            message: error.to_string(),
        }),
        None => Ok(value),
    }
}

/// Whether the device still makes things: a lost one returns buffers that are not mapped. To be
/// called within scopes.
fn is_alive(device: &Device) -> bool {
    let buffer = device.create_buffer(&BufferDescriptor {
        label: Some("ddim.sign_of_life"),
        size: 4,
        usage: BufferUsages::MAP_WRITE | BufferUsages::COPY_SRC,
        mapped_at_creation: true,
    });
    buffer.get_mapped_range_mut(..).is_ok()
}
