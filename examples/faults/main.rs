//! A host that makes and drops all that the library makes of a device, for `scripts/faults.sh`,
//! which runs it on a driver that fails: each call of the library's has to be done or to be an
//! error.
//!
//! ```sh
//! cargo run --example faults -- tests/data
//! ```
//!
//! Everything is done twice, so that the second time shows whether the library is the worse for an
//! error. Exit code 0: all was done at least once; 5: an error, which is printed; 3: there is no
//! device; 101: a panic, or an error that the host's own handler heard, or samples that differ.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what each part came to"
)]

mod host;
mod parts;

use std::process::ExitCode;

use ddim_wgpu::gpu::headless;

use host::Host;
use parts::{PARTS, Work};

/// Errors, 3 where there was no device at all.
const FAILED: u8 = 5;
const NO_DEVICE: u8 = 3;
const FAULT: u8 = 101;

fn main() -> ExitCode {
    let Some(data) = std::env::args().nth(1) else {
        eprintln!("usage: faults TEST-DATA");
        return ExitCode::from(2);
    };
    host::keep_panics();
    match host::watched(|| run(&data)) {
        Ok(code) => ExitCode::from(code),
        Err(panic) => {
            eprintln!("fault: {panic}");
            ExitCode::from(FAULT)
        }
    }
}

/// Runs every part twice, and returns the exit code.
fn run(data: &str) -> u8 {
    let work = Work::load(data);
    let adapter = headless::adapters().into_iter().next();
    let Some(adapter) = adapter else {
        eprintln!("error: there is no device");
        return NO_DEVICE;
    };
    let opened = match headless::open(&adapter) {
        Ok(opened) => opened,
        Err(error) => {
            eprintln!("error: {error}");
            return NO_DEVICE;
        }
    };
    let host = Host::new(opened);
    let mut first_error = None;
    // What has no time of its own would take the sweep an hour.
    let hangs = std::env::var("DDIM_FAULT").is_ok_and(|fault| fault.ends_with(":hang"));
    for part in PARTS.iter().filter(|part| !(hangs && part.waits_long)) {
        let name = part.name;
        let mut values = None;
        for round in 0..2 {
            let ended = (part.values)(&host, &work);
            if let Some(heard) = host.heard() {
                eprintln!("fault: {name}: the host's handler heard {heard}");
                return FAULT;
            }
            match ended {
                Ok(found) if values.as_ref().is_some_and(|values| *values != found) => {
                    eprintln!("fault: {name}: other values in round {round}");
                    return FAULT;
                }
                Ok(found) => values = Some(found),
                Err(ended) => {
                    println!("{name}, round {round}: {ended}");
                    first_error.get_or_insert(ended);
                }
            }
        }
    }
    // Kept to the end of the process, as the command keeps its device: wgpu 30 panics where a queue that is
    // dropped cannot be waited for (docs/upstream/panics.md).
    std::mem::forget(host);
    match first_error {
        None => 0,
        Some(ended) => {
            eprintln!("error: {ended}");
            FAILED
        }
    }
}
