//! What Ctrl-C leaves behind: nothing.
#![cfg(unix)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Scratch, command, model};

#[test]
fn an_interrupted_run_removes_its_file() {
    let scratch = Scratch::new();
    let output = scratch.file("out.npy");
    // Long enough that it cannot be done before it is interrupted.
    let line = "noise --device cpu --count 100000000 --dims 100 --output";
    let mut child = command()
        .args(line.split(' '))
        .arg(&output)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while scratch.entries().is_empty() {
        assert!(Instant::now() < deadline, "no temporary file appeared");
        std::thread::sleep(Duration::from_millis(5));
    }
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    assert_eq!(scratch.entries(), [""; 0]);
}

#[test]
fn an_interruption_while_sampling_leaves_nothing() {
    let scratch = Scratch::new();
    let output = scratch.file("out.png");
    let mut child = command()
        .args([
            "sample", "--device", "cpu", "--steps", "1000", "--count", "5000000",
        ])
        .args(["--model", &model("points"), "--output", &output])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while scratch.entries().is_empty() {
        assert!(Instant::now() < deadline, "no temporary file appeared");
        std::thread::sleep(Duration::from_millis(5));
    }
    Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(scratch.entries(), [""; 0]);
}
