//! Buffers: made with their contents, or for a known use.

use wgpu::{Buffer, BufferDescriptor, BufferUsages, Device, Limits};

use crate::gpu::device::error::SamplerError;

/// A storage buffer that holds `values`, and at least one quad, for shaders
/// may not bind an empty one.
pub fn filled(device: &Device, label: &'static str, values: &[u8], usage: BufferUsages) -> Buffer {
    let size = (values.len() as u64).max(16).next_multiple_of(16);
    let buffer = device.create_buffer(&BufferDescriptor {
        label: Some(label),
        size,
        usage,
        mapped_at_creation: true,
    });
    // On a device that is out of memory the buffer is not mapped; the error scope
    // around the call reports it.
    if let Ok(mut view) = buffer.get_mapped_range_mut(..values.len().next_multiple_of(4) as u64) {
        view.slice(..values.len()).copy_from_slice(values);
    }
    buffer.unmap();
    buffer
}

/// A buffer of `size` bytes, zeroed by the device.
pub fn empty(device: &Device, label: &'static str, size: u64, usage: BufferUsages) -> Buffer {
    let size = size.max(16).next_multiple_of(16);
    device.create_buffer(&BufferDescriptor {
        label: Some(label),
        size,
        usage,
        mapped_at_creation: false,
    })
}

/// A buffer that holds one value for each of `count` samples' elements and may be
/// drawn, copied and written.
pub fn sample_buffer(device: &Device, label: &'static str, count: usize, dims: usize) -> Buffer {
    let usage = BufferUsages::STORAGE
        | BufferUsages::COPY_SRC
        | BufferUsages::COPY_DST
        | BufferUsages::VERTEX;
    empty(device, label, 4 * (count * dims) as u64, usage)
}

/// Refuses what one binding cannot hold.
pub fn check_binding(limits: &Limits, what: &'static str, bytes: u64) -> Result<(), SamplerError> {
    let binding = (
        "max_storage_buffer_binding_size",
        limits.max_storage_buffer_binding_size,
    );
    let buffer = ("max_buffer_size", limits.max_buffer_size);
    let (limit_name, limit) = if binding.1 <= buffer.1 {
        binding
    } else {
        buffer
    };
    if bytes > limit {
        return Err(SamplerError::LimitExceeded {
            what,
            needed: bytes,
            limit_name,
            limit,
        });
    }
    Ok(())
}
