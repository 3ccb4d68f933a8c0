//! Files that lie, made of sound ones by rules that are the same each time: of every kind of file
//! that the command reads, each given to the commands that read such files. Whatever it is, they
//! end within 5 s, in 200 MB, with an exit code that is documented and few lines of text that steer
//! no terminal, and leave nothing.
#![cfg(target_os = "linux")]

mod corpus;
mod formats;
mod json;
mod subjects;
mod watch;

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use corpus::{Case, Content};
use subjects::{SUBJECTS, Subject, Workshop};
use watch::watched;

use super::{Scratch, command};

/// Files of which this is about, at least.
const FILES: usize = 400;

/// Gives one file to the commands of its kind; what is wrong with how they end.
fn complaints(subject: &Subject, workshop: &Workshop, case: &Case) -> Vec<String> {
    let scratch = Scratch::new();
    workshop.furnish(subject, &scratch.0);
    case.content.place(&scratch.0.join(subject.file));
    let mut found = Vec::new();
    for line in subject.commands {
        let mut ddim = command();
        ddim.env("RUST_BACKTRACE", "0").args(workshop.words(line));
        let ended = watched(&mut ddim, &scratch.0);
        if let Some(complaint) = ended.complaint(subject.codes, case.refused) {
            let said = format!("{}: {}: `{line}`: {complaint}", subject.name, case.name);
            found.push(said.escape_debug().to_string());
        }
        // The next reads the same.
        if ended.code != Some(0) {
            continue;
        }
        for name in ["out.npy", "out.png", "out.zarr"] {
            let path = scratch.0.join(name);
            let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
        }
    }
    found
}

/// All of `cases` by all processors, in their order.
fn swept(workshop: &Workshop, cases: &[(&Subject, Case)]) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    let work = || {
        while let Some((subject, case)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let complaints = complaints(subject, workshop, case);
            found.lock().expect("no panic").extend(complaints);
        }
    };
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    found.into_inner().expect("no panic")
}

#[test]
fn sound_files_are_taken() {
    let workshop = Workshop::new();
    let mut peak = 0;
    for subject in SUBJECTS {
        let sound = (subject.sound)(&workshop);
        let case = Case::bytes("sound", sound);
        let complaints = complaints(subject, &workshop, &case);
        assert!(complaints.is_empty(), "{complaints:#?}");
        let scratch = Scratch::new();
        workshop.furnish(subject, &scratch.0);
        case.content.place(&scratch.0.join(subject.file));
        for line in subject.commands {
            let mut ddim = command();
            let ended = watched(ddim.args(workshop.words(line)), &scratch.0);
            let said = String::from_utf8_lossy(&ended.stderr);
            assert_eq!(ended.code, Some(0), "{}: `{line}`: {said}", subject.name);
            peak = ended.peak.max(peak);
        }
    }
    assert!(peak > 1 << 20, "no memory was seen: {peak} bytes");
}

#[test]
fn files_that_lie_are_refused_soon_in_little_memory_and_few_words() {
    let workshop = Workshop::new();
    let mut cases = Vec::new();
    for subject in SUBJECTS {
        let sound = (subject.sound)(&workshop);
        let own = (subject.own)(&sound);
        let all = corpus::anything(&sound).into_iter().chain(own);
        cases.extend(all.map(|case| (subject, case)));
    }
    assert!(cases.len() >= FILES, "{} files", cases.len());
    let complaints = swept(&workshop, &cases);
    assert!(
        complaints.is_empty(),
        "{} of {} files:\n{}",
        complaints.len(),
        cases.len(),
        complaints.join("\n")
    );
}

/// Names that steer a terminal, of what is there and of what is not.
#[test]
fn names_that_steer_a_terminal_are_written_out() {
    let workshop = Workshop::new();
    let mut found = Vec::new();
    for name in [
        "\u{1b}[31m",
        "\u{9b}2J\u{85}",
        "\u{202e}gnp.\u{2066}",
        "a\nb\r\u{8}\u{7f}",
        "\u{200f}",
    ] {
        for (subject, there) in SUBJECTS.iter().flat_map(|one| [(one, true), (one, false)]) {
            let scratch = Scratch::new();
            let file = format!("{name}{}", subject.file.replace('/', "-"));
            if there {
                Content::Bytes(b"nothing".into()).place(&scratch.0.join(&file));
            }
            for line in subject.commands {
                let named = |word: String| {
                    if word.contains(subject.argument) {
                        word.replace(subject.argument, &file)
                    } else {
                        word
                    }
                };
                let words: Vec<String> = workshop.words(line).into_iter().map(named).collect();
                let mut ddim = command();
                let ended = watched(ddim.args(&words), &scratch.0);
                let codes = [subject.codes, &[1, 2, 4]].concat();
                let complaint = ended.complaint(&codes, true);
                found.extend(complaint.map(|said| format!("{line}: {said}")));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// What is found is what is there: a file that does all that it must not.
#[test]
fn a_command_that_misbehaves_is_noticed() {
    let scratch = Scratch::new();
    let shell = |script: &str| {
        let mut bash = std::process::Command::new("bash");
        let ended = watched(bash.args(["-c", script]), Path::new(&scratch.0));
        ended.complaint(&[4], true).unwrap_or_default()
    };
    for (script, complaint) in [
        ("sleep 60", "longer than 5 s"),
        ("exit 0", "sound"),
        ("echo error: x >&2; exit 7", "exit code"),
        ("kill -SEGV $$", "exit code"),
        (
            "exec sort -o /dev/null < <(head -c 300M /dev/zero)",
            "memory",
        ),
        (
            "for i in {1..21}; do echo error: x >&2; done; exit 4",
            "long text",
        ),
        ("exit 4", "no line"),
        ("printf 'error: \\033[1m\\n' >&2; exit 4", "steers"),
        ("printf 'error: \\342\\200\\256\\n' >&2; exit 4", "steers"),
        ("touch left; echo error: x >&2; exit 4", "left"),
        ("echo error: x >&2; exit 4", ""),
    ] {
        let found = shell(script);
        assert!(
            found.contains(complaint) && found.is_empty() == complaint.is_empty(),
            "{script}: {found}"
        );
    }
}
