//! Who watches a run.

use std::ops::ControlFlow;

use crate::progress::Progress;

use super::error::SessionError;
use super::trajectory::{Frame, TrajectoryState};

/// Told how far a run is, on the calling thread, several times a second while the CPU engine
/// computes and after each submission to a GPU; says whether to go on.
pub type Observer<'a> = dyn FnMut(Progress) -> ControlFlow<()> + 'a;

/// Told how many samples times stages of one run are done.
pub type StageObserver<'a> = dyn FnMut(u64) -> ControlFlow<()> + 'a;

/// Shown a frame; says whether to go on.
pub type OnFrame<'a> = dyn FnMut(Frame<'_>) -> ControlFlow<()> + 'a;

/// Which frames of a run are shown, and to whom.
pub struct Watch<'a> {
    pub stages: &'a [usize],
    pub kept: TrajectoryState,
    pub on_frame: Option<&'a mut OnFrame<'a>>,
}

impl Watch<'_> {
    pub fn nothing() -> Self {
        Self {
            stages: &[],
            kept: TrajectoryState::State,
            on_frame: None,
        }
    }

    /// Shows a frame; says whether to go on.
    pub fn show(&mut self, frame: Frame<'_>) -> Result<(), SessionError> {
        let Some(on_frame) = &mut self.on_frame else {
            return Ok(());
        };
        match on_frame(frame) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(SessionError::Cancelled),
        }
    }
}
