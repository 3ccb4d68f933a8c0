//! Ctrl-C: the first asks to stop, the second stops.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::tell;

static ASKED: AtomicBool = AtomicBool::new(false);

/// Listens from now on.
pub fn listen() {
    let heard = || {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    };
    if let Err(error) = ctrlc::set_handler(heard) {
        tell::line(format_args!("note: Ctrl-C will not save: {error}"));
    }
}

/// Whether somebody asked to stop.
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
