//! Who works, and who is told how far a run is.

use std::ops::ControlFlow;

use crate::progress::Progress;

/// Who works, and who is told how far a run is, now and then and at its end; says whether to go on.
pub enum Told<'a> {
    /// All threads of the pool work, and any of them tells.
    Pool(&'a (dyn Fn(Progress) -> ControlFlow<()> + Sync)),
    /// The calling thread works alone, and tells.
    Here(&'a mut dyn FnMut(Progress) -> ControlFlow<()>),
}

impl Told<'_> {
    /// Tells whoever it is, on the calling thread.
    pub fn tell(&mut self, progress: Progress) -> ControlFlow<()> {
        match self {
            Self::Pool(tell) => tell(progress),
            Self::Here(tell) => tell(progress),
        }
    }
}
