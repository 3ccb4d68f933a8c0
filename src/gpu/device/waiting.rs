//! Waiting for a device by polling it: the only place that blocks on one.

use std::time::Duration;

#[cfg(not(target_arch = "wasm32"))]
use {
    super::error::SamplerError,
    std::panic::{AssertUnwindSafe, catch_unwind},
    wgpu::{Device, PollError, PollType, SubmissionIndex},
};

/// How long blocking functions wait for the device before they give up, unless told otherwise.
pub const READ_TIMEOUT: Duration = Duration::from_secs(600);

/// Blocks until a submission, or all so far, are done.
///
/// # Errors
/// [`SamplerError::Timeout`] after [`READ_TIMEOUT`], [`SamplerError::DeviceLost`].
#[cfg(not(target_arch = "wasm32"))]
pub fn wait(device: &Device, submission: Option<SubmissionIndex>) -> Result<(), SamplerError> {
    wait_for(device, submission, READ_TIMEOUT)
}

/// As [`wait`], for at most `timeout`.
///
/// # Errors
/// As [`wait`].
#[cfg(not(target_arch = "wasm32"))]
pub fn wait_for(
    device: &Device,
    submission: Option<SubmissionIndex>,
    timeout: Duration,
) -> Result<(), SamplerError> {
    let poll = || {
        device.poll(PollType::Wait {
            submission_index: submission,
            timeout: Some(timeout),
        })
    };
    // wgpu 30 panics here where the driver reports that the device is lost (`handle_error_fatal` in
    // its `Device::poll`). No lock of its is held then.
    match catch_unwind(AssertUnwindSafe(poll)) {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(PollError::Timeout)) => Err(SamplerError::Timeout {
            seconds: timeout.as_secs_f64(),
        }),
        // What was submitted to a lost device never gets a place in its queue.
        Ok(Err(PollError::WrongSubmissionIndex(..))) | Err(_) => Err(SamplerError::DeviceLost),
    }
}
