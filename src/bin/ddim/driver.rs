//! What a failing graphics driver does to wgpu, and how the command ends then.
//!
//! wgpu 30 panics where a driver fails at what it does not expect to fail (`docs/upstream/`): in
//! the middle of a call, in a destructor, or while another panic unwinds, which aborts the process.
//! So the command ends right there, with the exit code of a lost device, nothing left behind and
//! one line: unwinding through wgpu would run more of its destructors.

use std::io::{self, Write};
use std::panic::{self, PanicHookInfo};
use std::path::{Component, Path};
use std::sync::atomic::{AtomicBool, Ordering};

use ddim_wgpu::output::remove_unfinished;

use crate::exit::Status;
use crate::process;
use crate::terminal::say;

/// Whether there is a device that can be lost.
static OPENED: AtomicBool = AtomicBool::new(false);

/// Keeps a device to the end of the process: closing it is one more thing that a failing driver can
/// fail at, after the work is done.
pub fn keep<T>(device: T) -> &'static T {
    OPENED.store(true, Ordering::Relaxed);
    Box::leak(Box::new(device))
}

/// Ends the process after a failure. A device may still be at work on what was given up, and a software driver's
/// threads do not survive the destructors that a process runs at its end.
pub fn leave(code: u8) -> ! {
    // Whoever reads it is gone, or hears of the failure by the exit code.
    let _ = io::stdout().flush();
    process::exit_at_once(code.into())
}

/// Ends the process at a panic of wgpu's. Panics of other crates are faults of this one, and are
/// reported as ever.
pub fn contain_panics() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if is_of_wgpu(panic) {
            end(panic);
        }
        report(panic);
    }));
}

fn is_of_wgpu(panic: &PanicHookInfo<'_>) -> bool {
    let file = panic.location().map_or("", |location| location.file());
    Path::new(file).components().any(|part| match part {
        Component::Normal(name) => {
            let name = name.to_string_lossy();
            name == "wgpu"
                || ["wgpu-", "gpu-allocator-", "ash-"]
                    .iter()
                    .any(|head| name.starts_with(head))
        }
        _ => false,
    })
}

fn end(panic: &PanicHookInfo<'_>) -> ! {
    let (status, what) = match OPENED.load(Ordering::Relaxed) {
        true => (Status::DeviceLost, "the device is lost"),
        false => (Status::NoDevice, "the device cannot be opened"),
    };
    let message = panic.payload_as_str().unwrap_or_default();
    // The causes that follow are wgpu's own words for the same.
    let message = message.lines().next().unwrap_or_default();
    say(format_args!(
        "error: {what}: the graphics driver failed ({message})"
    ));
    remove_unfinished();
    process::exit_at_once(status as i32)
}
