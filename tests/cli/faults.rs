//! Faults around the command that a shell of Unix makes: disks, pipes, limits. The contracted exit
//! code, one line, nothing left behind, and no hanging. `failures.rs` has those of every system.
#![cfg(unix)]

use std::fs;
use std::process::{Command, Stdio};

use super::{Scratch, first_device, model, run};

/// The command by way of a shell, for limits and redirections: `script` runs it as `ddim`. Paths in
/// the script may hold that word too, as a clone's does.
fn shell(script: &str) -> Command {
    let mut shell = Command::new("bash");
    shell
        .env("DDIM", env!("CARGO_BIN_EXE_ddim"))
        .env_remove("WGPU_BACKEND")
        .env_remove("WGPU_ADAPTER_NAME")
        .stdin(Stdio::null())
        .args(["-c", &format!("ddim() {{ \"$DDIM\" \"$@\"; }}; {script}")]);
    shell
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure_that_names_the_file() {
    let scratch = Scratch::new();
    let link = scratch.file("full.npy");
    std::os::unix::fs::symlink("/dev/full", &link).unwrap();
    let points = model("points");
    let full = "No space left on device";
    let noise = "ddim noise --quiet --device cpu --count 100 --dims 100";
    run(&mut shell(&format!("{noise} --output /dev/full"))).fails(1, full);
    let sample =
        format!("ddim sample --quiet --device cpu --steps 2 --count 500 --model '{points}'");
    run(&mut shell(&format!("{sample} --output '{link}'"))).fails(1, full);
    for line in [
        "ddim schedule --steps 3",
        "ddim schedule --steps 3 --json",
        "ddim info",
        "ddim verify --device cpu --json",
        "ddim noise --raw --count 9 --dims 9",
        &format!("{sample} --output -"),
    ] {
        run(&mut shell(&format!("{line} > /dev/full"))).fails(1, full);
    }
    assert_eq!(scratch.entries(), ["full.npy"]);
}

/// A disk that fills up on the way: what was written goes, and what was there before stays.
#[test]
fn a_file_that_cannot_grow_leaves_nothing() {
    let scratch = Scratch::new();
    let output = scratch.file("out.npy");
    fs::write(&output, b"precious").unwrap();
    // 8 blocks of 1024 bytes, with the signal that comes with it ignored and not.
    for trap in ["trap '' XFSZ;", ""] {
        let script = format!(
            "{trap} ulimit -f 8; ddim noise --quiet --device cpu --count 100 --dims 100 --output '{output}'"
        );
        run(&mut shell(&script)).fails(1, "out.npy");
        assert_eq!(fs::read(&output).unwrap(), b"precious");
        assert_eq!(scratch.entries(), ["out.npy"]);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    for line in [
        "ddim noise --raw | head -c 100 > /dev/null",
        "ddim schedule --steps 1000 | head -n 1 > /dev/null",
    ] {
        let outcome = run(&mut shell(&format!("set -o pipefail; {line}")));
        assert_eq!(
            (outcome.code, outcome.stderr.as_str()),
            (Some(0), ""),
            "{line}"
        );
    }
}

/// Standard output closed from the start: what is written to it would be lost.
#[test]
fn a_closed_standard_output_is_a_failure() {
    let sample = "ddim sample --quiet --device cpu --count 1 --steps 1 --output";
    for line in [
        "ddim schedule --steps 3",
        "ddim noise --device cpu --count 2 --dims 2 --output -",
        &format!("{sample} -"),
        &format!("{sample} /dev/stdout"),
    ] {
        run(&mut shell(&format!("{line} >&-"))).fails(1, "standard output: it is closed");
    }
}

/// Whoever reads the notes has gone, or has no room: the result is written, and
/// the exit code is as ever.
#[cfg(target_os = "linux")]
#[test]
fn a_standard_error_that_takes_nothing_changes_nothing() {
    let scratch = Scratch::new();
    let (points, output) = (model("points"), scratch.file("out.npy"));
    let sample = format!("ddim sample --device cpu --steps 2 --count 2 --model '{points}'");
    for (line, code) in [
        (format!("{sample} --output '{output}'"), 0),
        ("ddim info --model nosuch".to_owned(), 4),
        ("ddim sample --steps x".to_owned(), 2),
    ] {
        let outcome = run(&mut shell(&format!("{line} 2> /dev/full")));
        assert_eq!(outcome.code, Some(code), "{line}");
    }
    assert_eq!(scratch.entries(), ["out.npy"]);
}

/// `noise --output /dev/stdout >> file` adds to the file, and a pipe with a name stays one.
#[cfg(target_os = "linux")]
#[test]
fn descriptors_and_pipes_are_written_to_and_never_replaced() {
    let scratch = Scratch::new();
    let noise = "ddim noise --quiet --device cpu --count 2 --dims 2 --output";
    let whole = run(&mut shell(&format!("{noise} -"))).success();
    for redirected in [
        "/dev/stdout >>",
        "/dev/fd/1 >>",
        "/proc/self/fd/3 3>>",
        "/dev/fd/3 3>>",
    ] {
        let file = scratch.file("log");
        fs::write(&file, b"keep").unwrap();
        run(&mut shell(&format!("{noise} {redirected} '{file}'"))).success();
        let expected = [&b"keep"[..], &whole].concat();
        assert_eq!(fs::read(&file).unwrap(), expected, "{redirected}");
    }
    let pipe = scratch.file("pipe");
    let script =
        format!("mkfifo '{pipe}'; cat '{pipe}' & {noise} '{pipe}'; wait; test -p '{pipe}'");
    assert_eq!(run(&mut shell(&script)).success(), whole);
    let link = scratch.file("link");
    run(&mut shell(&format!(
        "ln -s target '{link}'; {noise} '{link}'; test -L '{link}'"
    )))
    .success();
    assert_eq!(fs::read(scratch.file("target")).unwrap(), whole);
}

/// What a killed process left is removed by the next that writes there.
#[cfg(target_os = "linux")]
#[test]
fn what_a_killed_process_left_is_removed() {
    let scratch = Scratch::new();
    let output = scratch.file("out.npy");
    let endless = "ddim noise --quiet --device cpu --count 10000000 --dims 100 --output";
    let script = format!(
        "\"$DDIM\" {} '{output}' & sleep 0.5; kill -KILL $!; wait",
        &endless[5..]
    );
    run(&mut shell(&script));
    assert_eq!(scratch.entries().len(), 1, "the leftover");
    let noise = "ddim noise --quiet --device cpu --count 2 --dims 2 --output";
    run(&mut shell(&format!("{noise} '{output}'"))).success();
    assert_eq!(scratch.entries(), ["out.npy"]);
}

/// A batch beyond memory: an error before the work, on a device as on the CPU engine.
#[cfg(target_os = "linux")]
#[test]
fn samples_beyond_memory_are_refused_before_the_work() {
    let scratch = Scratch::new();
    let output = scratch.file("out.npy");
    let images = model("images");
    for device in first_device().into_iter().chain(["cpu".to_owned()]) {
        // 800 GB.
        let script = format!(
            "ulimit -v 20000000; ddim sample --quiet --device {device} --count 8000000000 --steps 2 --model '{images}' --output '{output}'"
        );
        run(&mut shell(&script)).fails(5, "memory").says("--count");
        assert_eq!(scratch.entries(), [""; 0]);
    }
}
