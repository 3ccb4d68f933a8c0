//! Error scopes: what a borrowed device says of our own calls, and of nothing else.

use wgpu::{BufferDescriptor, BufferUsages, Device, ErrorFilter};

use super::error::SamplerError;

/// Runs `work` and turns the device's complaints about it into an error. The caller's own error handler never sees them.
///
/// A lost device complains of nothing: whatever is made on it is a dummy. So it is asked for a sign of life afterwards.
pub fn checked<T>(
    device: &Device,
    what: &'static str,
    work: impl FnOnce() -> T,
) -> Result<T, SamplerError> {
    let memory = device.push_error_scope(ErrorFilter::OutOfMemory);
    let internal = device.push_error_scope(ErrorFilter::Internal);
    let validation = device.push_error_scope(ErrorFilter::Validation);
    let value = work();
    let alive = is_alive(device);
    // Native backends resolve a scope at once, so this does not block.
    let validation = pollster::block_on(validation.pop());
    let internal = pollster::block_on(internal.pop());
    let memory = pollster::block_on(memory.pop());
    if memory.is_some() {
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

/// Whether the device still makes things: a lost one gives out buffers that are not mapped. To be called within scopes.
fn is_alive(device: &Device) -> bool {
    let buffer = device.create_buffer(&BufferDescriptor {
        label: Some("ddim.sign_of_life"),
        size: 4,
        usage: BufferUsages::MAP_WRITE | BufferUsages::COPY_SRC,
        mapped_at_creation: true,
    });
    buffer.get_mapped_range_mut(..).is_ok()
}
