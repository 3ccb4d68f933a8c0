//! Faults around the command: disks, pipes, devices. The contracted exit code, one line, nothing left behind, and no hanging.
#![cfg(unix)]

use std::fs;
use std::process::{Command, Stdio};

use super::{Scratch, command, first_device, model, run};

/// The command by way of a shell, for limits and redirections: `script` runs it as `ddim`.
fn shell(script: &str) -> Command {
    let mut shell = Command::new("bash");
    let program = env!("CARGO_BIN_EXE_ddim");
    shell
        .env_remove("WGPU_BACKEND")
        .env_remove("WGPU_ADAPTER_NAME")
        .stdin(Stdio::null())
        .args(["-c", &script.replace("ddim", program)]);
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
    let sample = format!("ddim sample --quiet --device cpu --steps 2 --count 500 --model {points}");
    run(&mut shell(&format!("{sample} --output {link}"))).fails(1, full);
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
    // 8 blocks of 1024 bytes; the signal that comes with it is for programs that do not look.
    let script = format!(
        "trap '' XFSZ; ulimit -f 8; ddim noise --quiet --device cpu --count 100 --dims 100 --output {output}"
    );
    run(&mut shell(&script)).fails(1, "out.npy");
    assert_eq!(fs::read(&output).unwrap(), b"precious");
    assert_eq!(scratch.entries(), ["out.npy"]);
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
    // Standard output closed from the start.
    let outcome = run(&mut shell("ddim schedule --steps 3 >&-"));
    assert!(matches!(outcome.code, Some(0 | 1)), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
}

/// The driver is listed and then gone, as when a card is unplugged.
#[test]
fn an_adapter_that_disappears_is_no_such_device() {
    let listed = super::ddim_line("devices --json").json();
    let name = listed[0]["name"].as_str().expect("a name");
    let scratch = Scratch::new();
    let output = scratch.file("out.npy");
    let mut command = command();
    command
        .env("WGPU_BACKEND", "vulkan")
        .env("VK_DRIVER_FILES", "/nonexistent.json")
        .env("VK_ICD_FILENAMES", "/nonexistent.json")
        .args([
            "noise", "--count", "1", "--dims", "1", "--device", name, "--output", &output,
        ]);
    if name != "cpu" {
        run(&mut command).fails(3, name);
        assert_eq!(scratch.entries(), [""; 0]);
    }
}

#[test]
fn a_device_that_does_not_answer_in_time_is_lost() {
    let Some(device) = first_device() else { return };
    let scratch = Scratch::new();
    let output = scratch.file("out.npy");
    let mut command = command();
    let model = model("images");
    command
        .args([
            "sample",
            "--quiet",
            "--device",
            &device,
            "--timeout",
            "0.000001",
        ])
        .args([
            "--count", "20000", "--steps", "5", "--model", &model, "--output", &output,
        ]);
    run(&mut command).fails(5, "did not answer within 0.000001 s");
    assert_eq!(scratch.entries(), [""; 0]);
    let zero = super::ddim_line("noise --timeout 0 --count 1 --dims 1 --output x.npy");
    zero.fails(2, "--timeout");
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
            "ulimit -v 20000000; ddim sample --quiet --device {device} --count 8000000000 --steps 2 --model {images} --output {output}"
        );
        run(&mut shell(&script)).fails(5, "memory");
        assert_eq!(scratch.entries(), [""; 0]);
    }
}
