//! What people see while a command runs: notes and progress, all on standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

static QUIET: AtomicBool = AtomicBool::new(false);

/// Silences notes and progress from here on; errors are still printed.
pub fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// A line on standard error, even when quiet. Nothing can be done where nobody takes it.
pub fn say(text: impl Display) {
    let text = printable(&text.to_string());
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A line for whoever watches.
pub fn note(text: impl Display) {
    if !is_quiet() {
        say(text);
    }
}

fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// `text` without what a terminal would obey: control characters but line breaks, and marks that
/// turn the direction of writing, as escapes. Names and strings come from strangers' files.
pub fn printable(text: &str) -> String {
    let obeyed = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(obeyed) {
        return text.to_owned();
    }
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        if obeyed(c) {
            printable.extend(c.escape_default());
        } else {
            printable.push(c);
        }
    }
    printable
}

/// A line for whoever watches it happen; nothing where standard error is not a terminal.
pub fn progress_note(text: impl Display) {
    if io::stderr().is_terminal() {
        note(text);
    }
}

/// Something that is probably not as meant, but no reason to stop.
pub fn warn(text: impl Display) {
    if !is_quiet() {
        warn_always(text);
    }
}

/// The same of a result that is worth nothing, which nobody is to miss by being quiet.
pub fn warn_always(text: impl Display) {
    // In one line: a string from a file must not look like another message.
    let text = text.to_string();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    say(format_args!("warning: {text}"));
}

/// Characters in a line of the terminal on standard error; any number where there is none.
pub fn columns() -> usize {
    let size = console::Term::stderr().size_checked();
    size.map_or(usize::MAX, |(_, columns)| usize::from(columns).max(1))
}

/// Whether colours are wanted: not where `NO_COLOR` is set, or `CLICOLOR` is 0, or the terminal is
/// dumb.
fn colors_are_wanted() -> bool {
    let value = |name| std::env::var(name).unwrap_or_default();
    value("NO_COLOR").is_empty() && value("CLICOLOR") != "0" && value("TERM") != "dumb"
}

/// Terminals narrower than this have no room for a bar beside the numbers.
const NARROW: usize = 72;

/// The template of a bar for a terminal of so many columns.
fn template(columns: usize, colors: bool) -> &'static str {
    match (columns < NARROW, colors) {
        (true, _) => "{percent:>3} %, {eta} left",
        (false, true) => "{bar:24.cyan/238} {percent:>3} % of {len} {msg}, {per_sec}, {eta} left",
        (false, false) => "{bar:24} {percent:>3} % of {len} {msg}, {per_sec}, {eta} left",
    }
}

/// A bar with an estimate of the time left; nothing where standard error is not a terminal.
///
/// It appears after a moment, so that short runs do not flash, and removes itself when dropped.
pub struct Progress {
    bar: ProgressBar,
    /// What a session counts for one of what is counted here: the stages of a sample.
    stages: u64,
}

impl Progress {
    /// Starts counting to `total` of `what`.
    pub fn new(total: u64, what: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        if io::stderr().is_terminal() && !dumb && !is_quiet() {
            let template = template(columns(), colors_are_wanted());
            let style =
                ProgressStyle::with_template(template).expect("a template known to be right");
            bar.set_style(style.progress_chars("━╸━"));
            bar.set_message(what);
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self { bar, stages: 1 }
    }

    /// Starts counting to `count` samples, each of which takes so many stages.
    pub fn of_samples(count: usize, stages: usize) -> Self {
        let mut bar = Self::new(count as u64, "samples");
        bar.stages = stages.max(1) as u64;
        bar
    }

    /// What a session tells its progress to.
    pub fn observer(&self) -> impl FnMut(ddim_wgpu::Progress) -> ControlFlow<()> {
        self.observer_after(0)
    }

    /// The same, for a session that makes what follows the first `before`.
    pub fn observer_after(
        &self,
        before: usize,
    ) -> impl FnMut(ddim_wgpu::Progress) -> ControlFlow<()> {
        move |progress| {
            self.set(before as u64 + progress.done / self.stages);
            ControlFlow::Continue(())
        }
    }

    /// `done` of the total so far.
    pub fn set(&self, done: u64) {
        self.bar.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(
            printable("a\u{1b}[2J\u{202e}b\r"),
            "a\\u{1b}[2J\\u{202e}b\\r"
        );
        assert_eq!(printable("ᾱ = 0,\nx̂₀"), "ᾱ = 0,\nx̂₀");
    }

    #[test]
    fn narrow_terminals_and_those_without_colours_have_their_own_bar() {
        assert!(!template(40, true).contains("bar"));
        assert!(template(80, true).contains("cyan"));
        assert!(!template(80, false).contains("cyan"));
        for columns in [40, 80] {
            for colors in [false, true] {
                assert!(ProgressStyle::with_template(template(columns, colors)).is_ok());
            }
        }
    }
}
