//! The command on a driver that fails: every entry point of Vulkan, at some of its calls, with
//! every error that it may return, once or from then on, and a submission that never ends.
//!
//! A layer between the loader and the driver (`scripts/faults/layer.rs`) makes calls fail. The
//! command has to end with exit code 3 (no device) or 5 (device lost, or out of memory), or, where
//! it can do without the call, with 0 and the right file; with one line of error at most, and with
//! nothing left behind.

mod commands;
mod layer;
mod outcome;
mod summary;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::drivers::Driver;
use crate::failure::Failure;
use crate::files;
use crate::workspace;
use commands::{COMMANDS, Line, Subject};
use layer::Layer;
use summary::Summary;

pub const ARGUMENTS: &str = "[lavapipe|swiftshader] [CALLS [COMMAND…]]";

/// Results that a driver's functions may return, by the numbers of `vulkan_core.h`:
/// out of host memory, out of device memory, device lost; with `+`, from then on.
const RESULTS: [&str; 5] = ["-1", "-2", "-4", "-2+", "-4+"];

/// Functions that can hang without keeping the thread that calls them: submissions that never end,
/// and waits that always run out of time.
const HANGS: [&str; 5] = [
    "vkQueueSubmit",
    "vkWaitForFences",
    "vkWaitSemaphores",
    "vkWaitSemaphoresKHR",
    "vkGetFenceStatus",
];

/// Calls of a function that are made to fail, unless told otherwise: the first, the last, and one
/// between.
const CALLS: usize = 3;

/// Sweeps over all commands, or those named, on one driver.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let mut arguments = arguments;
    let mut driver = Driver::Lavapipe;
    if let Some((name, rest)) = arguments.split_first()
        && let Ok(named) = Driver::named(name)
    {
        (driver, arguments) = (named, rest);
    }
    if driver == Driver::Gl {
        return Err(Failure::usage("GL has no layers"));
    }
    let (calls, names) = match arguments.split_first() {
        Some((first, names)) => (
            first
                .parse()
                .map_err(|_| Failure::usage(format_args!("\"{first}\" is no number of calls")))?,
            names,
        ),
        None => (CALLS, &[][..]),
    };
    let scratch = workspace::scratch(&format!("faults-{}", driver.name()))?;
    let layer = Layer::build(&scratch, driver)?;
    // Copies, so that what is built meanwhile is not what the rest of the sweep runs.
    let built = workspace::build(&["--example", "faults"], "debug/examples/faults")?;
    let programs = Programs {
        host: copied(&built, &scratch)?,
        ddim: copied(
            &workspace::build(&["--bin", "ddim"], "debug/ddim")?,
            &scratch,
        )?,
        timeout: timeout(driver),
    };
    commands::check_complete(&programs.ddim)?;
    let mut summary = Summary::default();
    for command in COMMANDS {
        if names.is_empty() || names.iter().any(|name| name == command.name) {
            let subject = Subject::new(command, &programs, &scratch)?;
            sweep(&subject, command, &layer, (calls, &scratch), &mut summary)?;
        }
    }
    summary.report(driver.name())
}

/// What the lines run.
pub struct Programs {
    pub ddim: std::path::PathBuf,
    /// A host of the library's.
    pub host: std::path::PathBuf,
    /// Seconds after which the command gives up a device that does not answer.
    pub timeout: &'static str,
}

/// No longer than a hang that is waited for needs, and longer than anything takes on a machine that does
/// other things too: SwiftShader's peaks take seconds.
const fn timeout(driver: Driver) -> &'static str {
    match driver {
        Driver::SwiftShader => "6",
        _ => "1",
    }
}

fn copied(program: &Path, scratch: &Path) -> Result<std::path::PathBuf, Failure> {
    let copy = scratch.join(program.file_name().unwrap_or_default());
    files::copy(program, &copy)?;
    Ok(copy)
}

/// Makes some calls of each function that one command calls fail.
fn sweep(
    subject: &Subject<'_>,
    command: &Line,
    layer: &Layer,
    (calls, scratch): (usize, &Path),
    summary: &mut Summary,
) -> Result<(), Failure> {
    let log = scratch.join(format!("{}.calls", command.name));
    let mut traced = subject.command();
    layer.trace(&mut traced, &log)?;
    let right = subject.run(&mut traced)?;
    if right.code != Some(0) {
        return Err(Failure::new(format_args!(
            "{} fails without a fault: {}",
            command.name, right.stderr
        )));
    }
    summary.begin();
    for (function, count) in counted(&log)? {
        for fault in faults_of(&function, count, calls) {
            let mut faulty = subject.command();
            layer.inject(&mut faulty, &fault)?;
            let outcome = subject.run(&mut faulty)?;
            let complaint = outcome.complaint(&right);
            if let Some(complaint) = &complaint {
                println!("{}: {fault}: {complaint}", command.name);
            }
            summary.take(&function, outcome.code, complaint.is_some());
        }
    }
    summary.end(command.name);
    Ok(())
}

/// How often each function was called.
fn counted(log: &Path) -> Result<BTreeMap<String, usize>, Failure> {
    // A command that opens no driver writes none.
    if !log.exists() {
        return Ok(BTreeMap::new());
    }
    let text = fs::read_to_string(log)
        .map_err(|error| Failure::new(format_args!("{}: {error}", log.display())))?;
    let mut counts = BTreeMap::new();
    for name in text.lines() {
        *counts.entry(name.to_owned()).or_default() += 1;
    }
    Ok(counts)
}

/// `FUNCTION:N:RESULT` for some of a function's calls, spread from the first to the last.
fn faults_of(function: &str, count: usize, calls: usize) -> Vec<String> {
    let taken = calls.min(count);
    let mut faults = Vec::new();
    for place in 0..taken {
        let call = match taken {
            1 => 1,
            _ => 1 + place * (count - 1) / (taken - 1),
        };
        for result in RESULTS {
            faults.push(format!("{function}:{call}:{result}"));
        }
        if HANGS.contains(&function) {
            faults.push(format!("{function}:{call}:hang"));
        }
    }
    faults
}
