//! The command on a driver that fails: every entry point of Vulkan, at some of its calls, with
//! every error that it may return, and a submission that never ends.
//!
//! A layer between the loader and the driver (`scripts/faults/layer.rs`) makes one call fail. The
//! command has to end with exit code 3 (no device) or 5 (device lost, or out of memory), or, where
//! it can do without the call, with 0 and the right file; with one line of error at most, and with
//! nothing left behind.

mod commands;
mod layer;
mod outcome;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::failure::Failure;
use crate::workspace;
use commands::{COMMANDS, Subject};
use layer::Layer;

pub const ARGUMENTS: &str = "[CALLS [COMMAND…]]";

/// Results that a driver's functions may return, by the numbers of `vulkan_core.h`:
/// out of host memory, out of device memory, device lost.
const RESULTS: [&str; 3] = ["-1", "-2", "-4"];

/// Calls of a function that are made to fail, unless told otherwise: the first, the last, and one
/// between.
const CALLS: usize = 3;

/// Sweeps over all commands, or those named.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let (calls, names) = match arguments.split_first() {
        Some((first, names)) => (
            first
                .parse()
                .map_err(|_| Failure::usage(format_args!("\"{first}\" is no number of calls")))?,
            names,
        ),
        None => (CALLS, &[][..]),
    };
    let scratch = workspace::scratch("faults")?;
    let binary = workspace::build(&["--bin", "ddim"], "debug/ddim")?;
    let layer = Layer::build(&scratch)?;
    let (mut injected, mut faults) = (0, Vec::new());
    for command in COMMANDS {
        if !names.is_empty() && !names.iter().any(|name| name == command.name) {
            continue;
        }
        let subject = Subject::new(command, &binary, &scratch)?;
        let log = scratch.join(format!("{}.calls", command.name));
        let mut traced = subject.command();
        layer.trace(&mut traced, &log);
        let right = subject.run(&mut traced)?;
        if right.code != Some(0) {
            return Err(Failure::new(format_args!(
                "{} fails without a fault: {}",
                command.name, right.stderr
            )));
        }
        let before = (injected, faults.len());
        for (function, count) in counted(&log)? {
            for fault in faults_of(&function, count, calls) {
                let mut faulty = subject.command();
                layer.inject(&mut faulty, &fault);
                let outcome = subject.run(&mut faulty)?;
                injected += 1;
                if let Some(complaint) = outcome.complaint(&right) {
                    println!("{}: {fault}: {complaint}", command.name);
                    faults.push(fault);
                }
            }
        }
        let (made, wrong) = (injected - before.0, faults.len() - before.1);
        println!("{}: {made} faults, {wrong} ended badly", command.name);
    }
    if injected == 0 {
        return Err(Failure::new(
            "no call was made to fail: is there a Vulkan driver?",
        ));
    }
    if !faults.is_empty() {
        return Err(Failure::new(format_args!(
            "{} of {injected} faults ended badly",
            faults.len()
        )));
    }
    println!("{injected} faults, each ended as it should");
    Ok(())
}

/// How often each function was called.
fn counted(log: &Path) -> Result<BTreeMap<String, usize>, Failure> {
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
        if function == "vkQueueSubmit" {
            faults.push(format!("{function}:{call}:hang"));
        }
    }
    faults
}
