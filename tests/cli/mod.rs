//! The command, run as a user runs it: exit codes, files, standard output and standard error.

mod bad_input;
mod bench;
mod clips;
mod editing;
mod encoding;
mod evaluation;
mod failures;
mod faults;
mod hostile;
mod hostile_input;
mod inputs;
mod interruption;
mod messages;
mod noise;
mod package;
mod reports;
mod samplers;
mod sampling;
mod tables;
mod threads;
mod tune;
mod verify;
mod windows;
mod zarr;

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// No fault may keep its user waiting longer, whatever the command was to do: to the end of the
/// process from its start, or from a signal.
const FAULTS_END_WITHIN: Duration = Duration::from_secs(5);

/// What a run of the command left behind.
struct Outcome {
    code: Option<i32>,
    stdout: Vec<u8>,
    stderr: String,
    took: Duration,
}

impl Outcome {
    /// What standard error must have.
    #[track_caller]
    fn says(&self, text: &str) -> &Self {
        assert!(
            self.stderr.contains(text),
            "{text:?} is not in: {}",
            self.stderr
        );
        self
    }

    /// The end of a run with a fault in it: the contracted exit code, soon, and a
    /// message instead of a panic.
    #[track_caller]
    fn fails(&self, code: i32, message: &str) -> &Self {
        assert_eq!(self.code, Some(code), "exit code; said: {}", self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        assert!(
            self.took < FAULTS_END_WITHIN,
            "it took {:?}: {}",
            self.took,
            self.stderr
        );
        self.says(message)
    }
    /// Standard output of a run that must have succeeded.
    #[track_caller]
    fn success(self) -> Vec<u8> {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self.stdout
    }

    /// As text.
    #[track_caller]
    fn text(self) -> String {
        String::from_utf8(self.success()).expect("UTF-8 on standard output")
    }

    /// As JSON.
    #[track_caller]
    fn json(self) -> serde_json::Value {
        serde_json::from_slice(&self.success()).expect("JSON on standard output")
    }
}

/// The command with the environment that a test can rely on.
fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ddim"));
    command
        .env_remove("WGPU_BACKEND")
        .env_remove("WGPU_ADAPTER_NAME")
        .stdin(Stdio::null());
    command
}

/// Runs `ddim` with `arguments`.
fn ddim(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Outcome {
    run(command().args(arguments))
}

/// Runs `ddim` with words separated by spaces.
fn ddim_line(line: &str) -> Outcome {
    ddim(line.split_whitespace())
}

fn run(command: &mut Command) -> Outcome {
    let started = Instant::now();
    let output = command.output().expect("the command starts");
    Outcome {
        took: started.elapsed(),
        code: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).expect("UTF-8 on standard error"),
    }
}

/// A directory of one test, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static SERIAL: AtomicU32 = AtomicU32::new(0);
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let beside_the_build = env!("CARGO_TARGET_TMPDIR");
        let directory = if beside_the_build.contains(char::is_whitespace) {
            std::env::temp_dir()
        } else {
            beside_the_build.into()
        };
        let path = directory.join(format!("cli-{}-{serial}", std::process::id()));
        fs::create_dir_all(&path).expect("a directory for the test");
        Self(path)
    }

    /// The path of a file in it, which need not exist.
    fn file(&self, name: &str) -> String {
        let path = self.0.join(name);
        path.into_os_string()
            .into_string()
            .expect("a path in UTF-8")
    }

    /// Names of what is there, hidden files included.
    fn entries(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the directory is there");
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The directory of a small model with random weights: seen from the package's root, where tests
/// run, for a path from the root of the disk may hold spaces, at which lines are taken apart.
fn model(name: &str) -> String {
    format!("tests/data/models/{name}")
}

/// The first device of wgpu's, if there is one.
fn first_device() -> Option<String> {
    let devices = ddim_line("devices --json").json();
    (devices.as_array()?.len() > 1).then(|| "0".to_owned())
}
