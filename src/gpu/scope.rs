//! Error scopes: what a borrowed device says of our own calls, and of nothing else.

use wgpu::{Device, ErrorFilter};

use super::error::SamplerError;

/// Runs `work` and turns the device's complaints about it into an error. The caller's own error handler never sees them.
pub(crate) fn checked<T>(
    device: &Device,
    what: &'static str,
    work: impl FnOnce() -> T,
) -> Result<T, SamplerError> {
    let memory = device.push_error_scope(ErrorFilter::OutOfMemory);
    let internal = device.push_error_scope(ErrorFilter::Internal);
    let validation = device.push_error_scope(ErrorFilter::Validation);
    let value = work();
    // Native backends resolve a scope at once, so this does not block.
    let validation = pollster::block_on(validation.pop());
    let internal = pollster::block_on(internal.pop());
    let memory = pollster::block_on(memory.pop());
    if memory.is_some() {
        return Err(SamplerError::OutOfMemory { what });
    }
    match validation.or(internal) {
        Some(error) => Err(SamplerError::Refused {
            what,
            message: error.to_string(),
        }),
        None => Ok(value),
    }
}
