//! What people see while a command runs: notes and progress, all on standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

static QUIET: AtomicBool = AtomicBool::new(false);

/// Silences notes and progress from here on; errors are still printed.
pub fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// A line for whoever watches.
pub fn note(text: impl Display) {
    if !QUIET.load(Ordering::Relaxed) {
        eprintln!("{text}");
    }
}

/// A line for whoever watches it happen; nothing where standard error is not a terminal.
pub fn progress_note(text: impl Display) {
    if io::stderr().is_terminal() {
        note(text);
    }
}

/// Something that is probably not as meant, but no reason to stop.
pub fn warn(text: impl Display) {
    note(format_args!("warning: {text}"));
}

/// A bar with an estimate of the time left; nothing where standard error is not a terminal.
///
/// It appears after a moment, so that short runs do not flash, and removes itself when dropped.
pub struct Progress(ProgressBar);

impl Progress {
    /// Starts counting to `total` of `what`.
    pub fn new(total: u64, what: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        if io::stderr().is_terminal() && !QUIET.load(Ordering::Relaxed) {
            let template = "{bar:32.cyan/238} {percent:>3} % of {len} {msg}, {eta} left";
            let style =
                ProgressStyle::with_template(template).expect("a template known to be right");
            bar.set_style(style.progress_chars("━╸━"));
            bar.set_message(what);
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self(bar)
    }

    /// What a session tells its progress to.
    pub fn observer(&self) -> impl FnMut(ddim_wgpu::Progress) -> ControlFlow<()> {
        |progress| {
            self.set(progress.done);
            ControlFlow::Continue(())
        }
    }

    /// `done` of the total so far.
    pub fn set(&self, done: u64) {
        self.0.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
