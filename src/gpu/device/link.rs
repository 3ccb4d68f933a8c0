//! A borrowed device and queue, and how to wait for what is submitted to them.

use futures_intrusive::channel::shared::oneshot_channel;
use wgpu::{Buffer, Device, Queue, SubmissionIndex};

use super::error::SamplerError;
use super::error_scope::{checked, written};

/// Who polls the device while a submission is awaited.
#[derive(Clone, Copy, Debug)]
pub enum Waiting {
    /// The host application, or the browser: the future completes by a callback.
    Callbacks,
    /// The future itself, which blocks the thread for at most so long.
    #[cfg(not(target_arch = "wasm32"))]
    Polling(std::time::Duration),
}

/// A borrowed device and queue.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    pub device: &'a Device,
    pub queue: &'a Queue,
    waiting: Waiting,
}

impl<'a> Link<'a> {
    /// Waits by callbacks.
    pub fn new(device: &'a Device, queue: &'a Queue) -> Self {
        Self {
            device,
            queue,
            waiting: Waiting::Callbacks,
        }
    }

    /// Waits by polling the device, at most `timeout` for each submission.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn polling(device: &'a Device, queue: &'a Queue, timeout: std::time::Duration) -> Self {
        Self {
            device,
            queue,
            waiting: Waiting::Polling(timeout),
        }
    }

    /// Runs `work` in error scopes.
    pub async fn checked<T>(
        self,
        what: &'static str,
        work: impl FnOnce() -> T,
    ) -> Result<T, SamplerError> {
        checked(self.device, what, work).await
    }

    /// Writes values to the beginning of a buffer.
    pub fn write(self, buffer: &Buffer, values: &[f32]) -> Result<(), SamplerError> {
        written(self.device, "values", || {
            self.queue
                .write_buffer(buffer, 0, bytemuck::cast_slice(values));
        })
    }

    /// Waits until a submission is done.
    #[cfg_attr(
        target_arch = "wasm32",
        expect(unused_variables, reason = "a browser polls")
    )]
    pub async fn done(self, submission: SubmissionIndex) -> Result<(), SamplerError> {
        match self.waiting {
            #[cfg(not(target_arch = "wasm32"))]
            Waiting::Polling(timeout) => {
                super::waiting::wait_for(self.device, Some(submission), timeout)
            }
            Waiting::Callbacks => {
                let (sender, done) = oneshot_channel();
                self.queue.on_submitted_work_done(move || {
                    // The receiver is gone if the caller dropped the future.
                    let _ = sender.send(());
                });
                done.receive().await.ok_or(SamplerError::DeviceLost)?;
                // A lost device calls back too.
                self.checked("a submission", || ()).await
            }
        }
    }

    /// Polls the device until a submission is done, where this is what polls it.
    #[cfg_attr(
        target_arch = "wasm32",
        expect(unused_variables, reason = "a browser polls")
    )]
    pub fn poll(self, submission: SubmissionIndex) -> Result<(), SamplerError> {
        match self.waiting {
            #[cfg(not(target_arch = "wasm32"))]
            Waiting::Polling(timeout) => {
                super::waiting::wait_for(self.device, Some(submission), timeout)
            }
            Waiting::Callbacks => Ok(()),
        }
    }
}
