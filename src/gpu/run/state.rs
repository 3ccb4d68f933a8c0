//! A run's state on the host: whether its samples are known, and whether a call is submitting it.

use crate::gpu::device::error::SamplerError;
use crate::threading::sync::atomic::{AtomicBool, Ordering};

/// Shared with callbacks of the device.
#[derive(Debug, Default)]
pub struct RunState {
    /// A submission of rows has failed, or is not known to have run, and no later one from row 0 on
    /// has run.
    poisoned: AtomicBool,
    submitting: AtomicBool,
}

impl RunState {
    pub fn poison(&self) {
        self.poisoned.store(true, Ordering::Release);
    }

    pub fn clear(&self) {
        self.poisoned.store(false, Ordering::Release);
    }

    pub fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::Acquire)
    }

    /// Refuses a run whose state nobody knows.
    pub fn check_sound(&self) -> Result<(), SamplerError> {
        if self.is_poisoned() {
            return Err(SamplerError::Poisoned);
        }
        Ok(())
    }

    /// Keeps other calls from submitting the run as long as the result lives.
    pub fn submitting(&self) -> Result<Submitting<'_>, SamplerError> {
        let free =
            self.submitting
                .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
        match free {
            Ok(_) => Ok(Submitting(self)),
            Err(_) => Err(SamplerError::Busy),
        }
    }
}

/// The right to submit a run.
#[derive(Debug)]
pub struct Submitting<'a>(&'a RunState);

impl Drop for Submitting<'_> {
    fn drop(&mut self) {
        self.0.submitting.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_call_submits_at_a_time() {
        let state = RunState::default();
        let first = state.submitting().expect("the first call");
        assert!(matches!(state.submitting(), Err(SamplerError::Busy)));
        drop(first);
        state.submitting().expect("a call after the first");
    }
}
