//! A command watched: how long it takes, how much memory, what it says, what it leaves.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::cli::{FAULTS_END_WITHIN, Scratch};

/// Most memory at one time, in bytes.
const MOST_MEMORY: u64 = 200_000_000;
/// Most lines on standard error.
const MOST_LINES: usize = 20;
/// From one look at a process to the next.
const LOOK: Duration = Duration::from_millis(1);

/// How a command ended.
pub(crate) struct Ended {
    /// None: it was ended, as it took too long.
    pub(crate) code: Option<i32>,
    pub(crate) stderr: Vec<u8>,
    stdout: Vec<u8>,
    /// Bytes of memory.
    pub(crate) peak: u64,
    /// Names that were not there before.
    left: BTreeSet<String>,
}

/// Runs a command in `folder`.
pub(crate) fn watched(command: &mut Command, folder: &Path) -> Ended {
    let first = once(command, folder);
    // Another process may have had the machine.
    if first.code.is_none() {
        once(command, folder)
    } else {
        first
    }
}

fn once(command: &mut Command, folder: &Path) -> Ended {
    let outside = Scratch::new();
    let file = |name: &str| outside.0.join(name);
    let create = |name: &str| Stdio::from(File::create(file(name)).expect("a file"));
    let before = names(folder);
    // What the child is called until it is the command.
    let own_name = fs::read_to_string("/proc/thread-self/comm").unwrap_or_default();
    let mut child = command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(create("out"))
        .stderr(create("err"))
        .spawn()
        .expect("the command starts");
    let started = Instant::now();
    let status = format!("/proc/{}/status", child.id());
    let (mut peak, mut code) = (0, None);
    while code.is_none() && started.elapsed() < FAULTS_END_WITHIN {
        // Of a process that has ended there is none.
        peak = peak_of(&status, own_name.trim()).unwrap_or(0).max(peak);
        let ended = child.try_wait().expect("a child");
        code = ended.map(|status| status.code().unwrap_or(-1));
        if code.is_none() {
            std::thread::sleep(LOOK);
        }
    }
    // It has ended, or is made to now; `wait` gives what `try_wait` gave.
    let _ = child.kill();
    child.wait().expect("a child");
    let left = names(folder).difference(&before).cloned().collect();
    let read = |name: &str| fs::read(file(name)).expect("what it said");
    Ended {
        code,
        stderr: read("err"),
        stdout: read("out"),
        peak,
        left,
    }
}

/// The most memory that a process has had so far, in bytes. None while it is called `forked`: between the fork and the
/// command, which is when the kernel gives it its name, the memory is that of these tests.
fn peak_of(status: &str, forked: &str) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let name = text.lines().find_map(|line| line.strip_prefix("Name:"))?;
    if name.trim() == forked {
        return None;
    }
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes << 10)
}

/// The names in a folder and below it.
fn names(folder: &Path) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("a name");
        all.insert(entry.path().to_string_lossy().into_owned());
        if entry.file_type().expect("a kind").is_dir() {
            all.append(&mut names(&entry.path()));
        }
    }
    all
}

impl Ended {
    /// What is wrong with it; `codes` are those that it may end with beside 0.
    pub(crate) fn complaint(&self, codes: &[i32], refused: bool) -> Option<String> {
        let Some(code) = self.code else {
            return Some("it takes longer than 5 s".to_owned());
        };
        let stderr = String::from_utf8_lossy(&self.stderr);
        let what = if self.peak > MOST_MEMORY {
            "memory"
        } else if code == 0 && refused {
            "it is taken for a sound one"
        } else if code != 0 && !codes.contains(&code) {
            "exit code"
        } else if stderr.lines().count() > MOST_LINES {
            "a long text on standard error"
        } else if code != 0 && !stderr.lines().any(|line| line.starts_with("error: ")) {
            "no line of error"
        } else if steers(&self.stderr) || steers(&self.stdout) {
            "it steers the terminal"
        } else if code != 0 && !self.left.is_empty() {
            "files are left"
        } else {
            return None;
        };
        let said: String = stderr.escape_debug().take(600).collect();
        let (peak, left) = (self.peak >> 20, &self.left);
        Some(format!(
            "{what}: exit code {code}, {peak} MiB, {left:?} left: {said}"
        ))
    }
}

/// Whether a text has characters that a terminal heeds but line breaks, or that turn its order.
fn steers(bytes: &[u8]) -> bool {
    // Arrays are no texts.
    let Ok(text) = std::str::from_utf8(bytes) else {
        return !bytes.starts_with(b"\x93NUMPY");
    };
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .any(|c| turns(c) || c.is_control() && c != '\n')
}
