//! Other programs: run, awaited with a limit, or kept in the background.

use std::env;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::failure::Failure;

fn not_started(command: &Command, error: &std::io::Error) -> Failure {
    let program = command.get_program().to_string_lossy();
    Failure::new(format_args!("`{program}` does not start: {error}"))
}

/// Whether a program is on the PATH.
pub fn found(program: &str) -> bool {
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(&name).is_file()))
}

/// The first of some programs that is not on the PATH.
pub fn missing<'a>(programs: &[&'a str]) -> Option<&'a str> {
    programs.iter().copied().find(|program| !found(program))
}

/// Runs a program that prints to the task's own output.
pub fn status(command: &mut Command) -> Result<ExitStatus, Failure> {
    command
        .status()
        .map_err(|error| not_started(command, &error))
}

/// Runs a program that prints to the task's own output and must succeed.
pub fn checked(command: &mut Command) -> Result<(), Failure> {
    let status = status(command)?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::of(status))
    }
}

/// Runs a program and says whether it succeeded; its output is dropped.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a program and takes what it prints.
pub fn output(command: &mut Command) -> Result<Output, Failure> {
    command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| not_started(command, &error))
}

/// Standard output and standard error of a program, one after the other.
pub fn text(output: &Output) -> String {
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    text
}

/// Runs a program that must succeed, and returns what it prints to standard output, without the
/// last line break.
pub fn stdout(command: &mut Command) -> Result<String, Failure> {
    let output = output(command)?;
    if !output.status.success() {
        let program = command.get_program().to_string_lossy();
        return Err(Failure::new(format_args!(
            "{program} failed: {}",
            text(&output)
        )));
    }
    Ok(String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned())
}

/// Runs a program whose whole output goes to a file; `None` where it was ended because it took
/// longer than `limit`.
pub fn logged(
    command: &mut Command,
    log: &Path,
    limit: Duration,
) -> Result<Option<ExitStatus>, Failure> {
    let mut child = Background::start(command, log)?;
    Ok(poll(limit, || child.ended()))
}

/// Asks every tenth of a second until there is an answer or the time is over.
pub fn poll<T>(limit: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if start.elapsed() > limit {
            return None;
        }
        sleep(Duration::from_millis(100));
    }
}

/// A program in the background, ended when this is dropped.
#[derive(Debug)]
pub struct Background(Child);

impl Background {
    /// Starts a program whose whole output goes to a file.
    pub fn start(command: &mut Command, log: &Path) -> Result<Self, Failure> {
        let open = |file: std::io::Result<File>| {
            file.map_err(|error| Failure::new(format_args!("{}: {error}", log.display())))
        };
        let file = open(File::create(log))?;
        let second = open(file.try_clone())?;
        command.stdin(Stdio::null()).stdout(file).stderr(second);
        Self::spawn(command)
    }

    /// Starts a program with the input and output that `command` has.
    pub fn spawn(command: &mut Command) -> Result<Self, Failure> {
        command
            .spawn()
            .map(Self)
            .map_err(|error| not_started(command, &error))
    }

    /// The running program.
    pub fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// How it ended, or `None` while it runs.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        // An error here means that the process is nobody's child any more, which only another wait
        // could do.
        self.0
            .try_wait()
            .expect("nothing else waits for this process")
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
