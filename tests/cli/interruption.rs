//! What Ctrl-C leaves behind: nothing, and soon.
#![cfg(unix)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{FAULTS_END_WITHIN, Scratch, command, first_device, model};

/// Starts a command that writes into `scratch`, interrupts it when its file has been there `for_a_while`, and sees it end.
#[track_caller]
fn assert_interruptible(scratch: &Scratch, command: &mut Command, for_a_while: Duration) {
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while scratch.entries().is_empty() {
        assert!(Instant::now() < deadline, "no temporary file appeared");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(for_a_while);
    let interrupted = Instant::now();
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if interrupted.elapsed() > FAULTS_END_WITHIN {
            child.kill().unwrap();
            panic!("it hangs");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert_eq!(status.code(), Some(130));
    assert_eq!(scratch.entries(), [""; 0]);
}

#[test]
fn an_interrupted_run_removes_its_file() {
    let scratch = Scratch::new();
    // Long enough that it cannot be done before it is interrupted.
    let line = "noise --device cpu --count 100000000 --dims 100 --output";
    let mut command = command();
    command.args(line.split(' ')).arg(scratch.file("out.npy"));
    assert_interruptible(&scratch, &mut command, Duration::ZERO);
}

#[test]
fn an_interruption_while_sampling_leaves_nothing() {
    let devices = ["cpu".to_owned()].into_iter().chain(first_device());
    for device in devices {
        let scratch = Scratch::new();
        let mut command = command();
        command
            .args(["sample", "--device", &device, "--steps", "1000"])
            .args(["--count", "2000000", "--model", &model("points")])
            .args(["--output", &scratch.file("out.png")]);
        // Before the first step, and some way into the run.
        for while_running in [Duration::ZERO, Duration::from_millis(700)] {
            assert_interruptible(&scratch, &mut command, while_running);
        }
    }
}
