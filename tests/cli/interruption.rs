//! What Ctrl-C leaves behind: nothing, and soon.
#![cfg(unix)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{FAULTS_END_WITHIN, Scratch, command, first_device, model};

/// Starts a command that writes into `scratch`, interrupts it when its file has been there
/// `for_a_while`, and sees it end.
#[track_caller]
fn assert_interruptible(scratch: &Scratch, command: &mut Command, for_a_while: Duration) {
    assert_ended(scratch, command, for_a_while, ("INT", 130));
}

/// The same by any signal, and the exit code that shells report it by.
#[track_caller]
fn assert_ended(
    scratch: &Scratch,
    command: &mut Command,
    for_a_while: Duration,
    (signal, code): (&str, i32),
) {
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while scratch.entries().is_empty() {
        assert!(Instant::now() < deadline, "no temporary file appeared");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(for_a_while);
    let interrupted = Instant::now();
    let sent = Command::new("kill")
        .args([&format!("-{signal}"), &child.id().to_string()])
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
    assert_eq!(status.code(), Some(code));
    assert_eq!(scratch.entries(), [""; 0]);
}

#[test]
fn an_interrupted_run_removes_its_file() {
    let scratch = Scratch::new();
    // Long enough that it cannot be done before it is interrupted.
    let line = "noise --device cpu --count 10000000 --dims 100 --output";
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

#[test]
fn termination_and_hanging_up_have_exit_codes_of_their_own() {
    for ended in [("TERM", 143), ("HUP", 129)] {
        let scratch = Scratch::new();
        let line = "noise --device cpu --count 10000000 --dims 100 --output";
        let mut command = command();
        command.args(line.split(' ')).arg(scratch.file("out.npy"));
        assert_ended(&scratch, &mut command, Duration::ZERO, ended);
    }
}

/// `nohup` ignores SIGHUP for what it starts.
#[test]
fn a_signal_that_was_ignored_stays_ignored() {
    let scratch = Scratch::new();
    let script = "trap '' HUP; exec \"$DDIM\" noise --device cpu --count 10000000 --dims 100 --output \"$0\"";
    let mut child = Command::new("bash")
        .env("DDIM", env!("CARGO_BIN_EXE_ddim"))
        .args(["-c", script, &scratch.file("out.npy")])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while scratch.entries().is_empty() {
        assert!(Instant::now() < deadline, "no temporary file appeared");
        std::thread::sleep(Duration::from_millis(5));
    }
    let send = |signal: &str| {
        let id = child.id().to_string();
        Command::new("kill").args([signal, &id]).status().unwrap()
    };
    assert!(send("-HUP").success());
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(child.try_wait().unwrap(), None, "it heeded the signal");
    let id = child.id().to_string();
    Command::new("kill").args(["-TERM", &id]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!(scratch.entries(), [""; 0]);
}
