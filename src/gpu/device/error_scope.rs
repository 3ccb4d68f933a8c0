//! Error scopes: what a borrowed device reports about our own calls, and about nothing else.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use wgpu::{BufferDescriptor, BufferUsages, Device, Error, ErrorFilter, ErrorScopeGuard};

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
        let scopes = Scopes::open(device);
        let value = driven(what, work)?;
        let alive = driven(what, || is_alive(device))?;
        (value, alive, scopes.pop())
    };
    let [validation, internal, memory] = reports;
    let reports = [validation.await, internal.await, memory.await];
    match verdict(what, reports) {
        Err(error @ SamplerError::OutOfMemory { .. }) => Err(error),
        _ if !alive => Err(SamplerError::DeviceLost),
        verdict => verdict.map(|()| value),
    }
}

/// As [`checked`], for writes into what is there already, which a host does between its frames, and
/// for what is timed: nothing is awaited and nothing made, so that a lost device is not noticed.
///
/// A browser reports later than this returns; it has no error for writes but a fault of ours.
///
/// # Errors
/// [`SamplerError::OutOfMemory`], [`SamplerError::Refused`].
pub fn written<T>(
    device: &Device,
    what: &'static str,
    work: impl FnOnce() -> T,
) -> Result<T, SamplerError> {
    let (value, reports) = {
        let scopes = Scopes::open(device);
        (driven(what, work)?, scopes.pop())
    };
    if cfg!(target_arch = "wasm32") {
        return Ok(value);
    }
    // Native backends have reported already.
    verdict(what, reports.map(pollster::block_on)).map(|()| value)
}

/// A scope for each kind of error. They are popped in the order of their fields, the last first,
/// also where they are dropped.
struct Scopes {
    validation: ErrorScopeGuard,
    internal: ErrorScopeGuard,
    memory: ErrorScopeGuard,
}

impl Scopes {
    fn open(device: &Device) -> Self {
        let memory = device.push_error_scope(ErrorFilter::OutOfMemory);
        let internal = device.push_error_scope(ErrorFilter::Internal);
        let validation = device.push_error_scope(ErrorFilter::Validation);
        Self {
            validation,
            internal,
            memory,
        }
    }

    fn pop(self) -> [impl Future<Output = Option<Error>> + use<>; 3] {
        [self.validation, self.internal, self.memory].map(ErrorScopeGuard::pop)
    }
}

/// What the reports of validation, internal errors and memory come to.
fn verdict(what: &'static str, reports: [Option<Error>; 3]) -> Result<(), SamplerError> {
    let [validation, internal, memory] = reports;
    if memory.is_some() {
        return Err(SamplerError::OutOfMemory { what });
    }
    match validation.or(internal) {
        Some(error) => Err(SamplerError::Refused {
            what,
            message: error.to_string(),
        }),
        None => Ok(()),
    }
}

/// Runs calls of wgpu. Its queue unwraps what a driver answers when it begins the queue's own
/// encoder (wgpu-core 30, `PendingWrites::activate`), and no lock of its is poisoned by that; any
/// other panic goes on.
fn driven<T>(what: &'static str, calls: impl FnOnce() -> T) -> Result<T, SamplerError> {
    catch_unwind(AssertUnwindSafe(calls)).or_else(|payload| {
        let text = payload.downcast_ref::<String>().map_or("", String::as_str);
        let unwrapped = text.strip_prefix("called `Result::unwrap()` on an `Err` value: ");
        match unwrapped {
            Some("OutOfMemory") => Err(SamplerError::OutOfMemory { what }),
            Some("Lost") => Err(SamplerError::DeviceLost),
            _ => resume_unwind(payload),
        }
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_a_driver_that_wgpu_unwraps_are_errors() {
        let unwrap = |answer: &'static str| {
            #[derive(Debug)]
            enum DeviceError {
                OutOfMemory,
                Lost,
            }
            driven("a test", || {
                let error = match answer {
                    "memory" => DeviceError::OutOfMemory,
                    _ => DeviceError::Lost,
                };
                let answered: Result<(), DeviceError> = std::hint::black_box(Err(error));
                answered.unwrap();
            })
        };
        assert!(matches!(
            unwrap("memory"),
            Err(SamplerError::OutOfMemory { .. })
        ));
        assert!(matches!(unwrap("lost"), Err(SamplerError::DeviceLost)));
    }

    #[test]
    #[should_panic(expected = "a caller's")]
    fn other_panics_go_on() {
        let _ = driven("a test", || panic!("a caller's"));
    }
}
