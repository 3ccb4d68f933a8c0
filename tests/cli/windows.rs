//! What Windows does otherwise: paths, files that others have open, events of the console, names of
//! devices. Runs on Windows itself and under wine (`scripts/dx12.sh command`).
#![cfg(windows)]

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::process::CommandExt;
use std::path::{Component, Path, PathBuf, Prefix};
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{FAULTS_END_WITHIN, Outcome, Scratch, command, ddim, model, run};

/// `FILE_SHARE_READ`: others may read a file but neither write nor replace it.
const READ_ONLY: u32 = 1;

const NOISE: [&str; 8] = [
    "--quiet", "noise", "--device", "cpu", "--count", "500", "--dims", "3",
];

fn noise(output: impl AsRef<OsStr>) -> Outcome {
    let output = output.as_ref();
    run(command().args(NOISE).arg("--output").arg(output))
}

/// The letter of the drive and what follows it, of an absolute path without a prefix of its own.
fn drive_and_rest(path: &Path) -> (char, String) {
    let mut components = path.components();
    let Some(Component::Prefix(prefix)) = components.next() else {
        panic!("{} has no drive", path.display());
    };
    let (Prefix::Disk(letter) | Prefix::VerbatimDisk(letter)) = prefix.kind() else {
        panic!("{} lies on no drive", path.display());
    };
    let rest = components.as_path().to_str().expect("UTF-8");
    (char::from(letter), rest.replace('/', "\\"))
}

/// A path in every form: with either slash, behind the prefix for long names, by the drive's share.
fn forms(path: &Path) -> Vec<String> {
    let (drive, rest) = drive_and_rest(&std::path::absolute(path).expect("a path"));
    vec![
        format!("{drive}:{rest}"),
        format!("{drive}:{rest}").replace('\\', "/"),
        format!("{}:{rest}", drive.to_ascii_lowercase()),
        format!(r"\\?\{drive}:{rest}"),
        format!(r"\\localhost\{drive}${rest}"),
        format!(r"\\?\UNC\localhost\{drive}${rest}"),
    ]
}

#[test]
fn a_path_in_any_form_is_the_same_file() {
    let whole = noise("-").success();
    let scratch = Scratch::new();
    let output = scratch.0.join("out.npy");
    for form in forms(&output) {
        // To make it, and to replace it.
        for _ in 0..2 {
            noise(&form).success();
            assert!(fs::read(&output).unwrap() == whole, "{form}");
            assert_eq!(scratch.entries(), ["out.npy"], "{form}");
        }
        fs::remove_file(&output).unwrap();
    }
    let relative = [r"out.npy", r".\out.npy", r"..\here\out.npy"];
    let here = scratch.0.join("here");
    fs::create_dir(&here).unwrap();
    for form in relative {
        let mut command = command();
        command.current_dir(&here).args(NOISE);
        run(command.args(["--output", form])).success();
        assert!(fs::read(here.join("out.npy")).unwrap() == whole, "{form}");
        fs::remove_file(here.join("out.npy")).unwrap();
    }
}

#[test]
fn a_model_and_an_input_may_have_any_form_too() {
    let scratch = Scratch::new();
    let input = scratch.0.join("in.npy");
    noise(&input).success();
    let models = forms(Path::new(&model("points")));
    let encoded: Vec<Vec<u8>> = models
        .iter()
        .map(|model| {
            let options = ["encode", "--device", "cpu", "--steps", "2", "--output", "-"];
            let words = [&options[..], &["--model", model, "--input"]].concat();
            ddim(
                words
                    .into_iter()
                    .chain([forms(&points(&scratch))[0].as_str()]),
            )
            .success()
        })
        .collect();
    assert!(encoded[0].len() > 128 && encoded.iter().all(|other| *other == encoded[0]));
}

/// An array of points of the plane.
fn points(scratch: &Scratch) -> PathBuf {
    let path = scratch.0.join("points.npy");
    let words = "--quiet noise --device cpu --count 7 --dims 2 --output";
    ddim(words.split(' ').map(OsStr::new).chain([path.as_os_str()])).success();
    path
}

/// Longer than what programs of Windows took for the end of all paths, 260 characters.
#[test]
fn paths_may_be_long() {
    let scratch = Scratch::new();
    let mut deep = std::path::absolute(&scratch.0).unwrap();
    for letter in "abcdef".chars() {
        deep.push(letter.to_string().repeat(60));
    }
    fs::create_dir_all(&deep).unwrap();
    assert!(deep.as_os_str().len() > 360);
    let output = deep.join("out.npy");
    // To make it, and to replace it.
    for _ in 0..2 {
        noise(&output).success();
        assert_eq!(fs::read(&output).unwrap(), noise("-").success());
    }
    for file in fs::read_dir(model("points")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), deep.join(file.file_name())).unwrap();
    }
    let words = "--quiet sample --device cpu --steps 2 --count 40 --chunk 20";
    for name in ["points.png", "points.zarr"] {
        let words = words
            .split(' ')
            .filter(|word| name.ends_with("zarr") || !matches!(*word, "--chunk" | "20"));
        let mut command = command();
        command.args(words).arg("--model").arg(&deep);
        run(command.arg("--output").arg(deep.join(name))).success();
        assert!(deep.join(name).exists());
    }
    let mut check = command();
    run(check.arg("check").arg(deep.join("points.zarr"))).success();
}

/// Letters of no one code page, and what is beyond 16 bits.
#[test]
fn names_are_in_any_script() {
    let scratch = Scratch::new();
    let name = "числа · 数 · é · 🎲";
    let directory = scratch.0.join(name);
    fs::create_dir(&directory).unwrap();
    let output = directory.join(format!("{name}.npy"));
    noise(&output).success();
    assert_eq!(fs::read(&output).unwrap(), noise("-").success());
    for file in fs::read_dir(model("points")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), directory.join(file.file_name())).unwrap();
    }
    let mut sample = command();
    sample.args(["--quiet", "sample", "--device", "cpu", "--steps", "2"]);
    sample.arg("--model").arg(&directory);
    run(sample.arg("--output").arg(directory.join("图.png"))).success();
    // What is said of it is UTF-8, whatever the console's code page.
    let missing = format!("{name}.missing");
    let mut info = command();
    run(info.args(["info", "--model", &missing])).fails(4, &missing);
}

/// As Rust and newer programs open files: they go on reading what they have opened.
#[test]
fn a_file_that_others_share_is_replaced() {
    let whole = noise("-").success();
    let scratch = Scratch::new();
    let output = scratch.0.join("out.npy");
    fs::write(&output, b"precious").unwrap();
    let mut shared = File::open(&output).unwrap();
    noise(&output).success();
    assert!(fs::read(&output).unwrap() == whole);
    let mut old = Vec::new();
    shared.read_to_end(&mut old).unwrap();
    assert_eq!(old, b"precious");
}

/// As C's `fopen` opens them.
#[test]
fn a_file_that_others_hold_is_kept_or_waited_for() {
    let whole = noise("-").success();
    let scratch = Scratch::new();
    let output = scratch.0.join("out.npy");
    fs::write(&output, b"precious").unwrap();
    let held = || {
        OpenOptions::new()
            .read(true)
            .share_mode(READ_ONLY)
            .open(&output)
    };
    let holder = held().unwrap();
    noise(&output)
        .fails(1, "another program may have it open")
        .says("out.npy");
    assert_eq!(fs::read(&output).unwrap(), b"precious");
    assert_eq!(scratch.entries(), ["out.npy"]);
    drop(holder);

    // As a scanner does that looks at a new file for a moment.
    let holder = held().unwrap();
    let mut waiting = command();
    let mut waiting = waiting
        .args(NOISE)
        .arg("--output")
        .arg(&output)
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while scratch.entries().len() == 1 && waiting.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "no temporary file appeared");
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(Duration::from_millis(300));
    drop(holder);
    assert_eq!(waiting.wait().unwrap().code(), Some(0));
    assert!(fs::read(&output).unwrap() == whole);
    assert_eq!(scratch.entries(), ["out.npy"]);
}

#[test]
fn devices_are_written_to_and_names_that_are_none_are_refused() {
    let scratch = Scratch::new();
    for device in ["NUL", "nul", r"\\.\NUL"] {
        let mut command = command();
        command.current_dir(&scratch.0).args(NOISE);
        run(command.args(["--output", device])).success();
        assert_eq!(scratch.entries(), [""; 0], "{device}");
    }
    // At once: so many would take an hour.
    let endless = [
        "noise",
        "--device",
        "cpu",
        "--count",
        "100000000",
        "--dims",
        "1",
        "--output",
    ];
    for name in ["nul.npy", "out:1.npy"] {
        let path = scratch.0.join(name).into_os_string();
        let words = endless.iter().map(OsString::from).chain([path]);
        ddim(words).fails(1, "Windows takes this name");
    }
    assert_eq!(scratch.entries(), [""; 0]);
}

/// No line ends are translated on the way: the bytes have all that Windows's text mode changes.
#[test]
fn pipes_carry_bytes() {
    let scratch = Scratch::new();
    let output = scratch.0.join("out.npy");
    noise(&output).success();
    let whole = fs::read(&output).unwrap();
    for byte in [b'\n', b'\r', 0x1a] {
        assert!(whole.contains(&byte), "{byte}");
    }
    assert!(noise("-").success() == whole);

    let options = "encode --device cpu --steps 2 --output -";
    let points = points(&scratch);
    let model = model("points");
    let encode = |input: &OsStr| {
        let mut command = command();
        command.args(options.split(' ')).args(["--model", &model]);
        command.arg("--input").arg(input);
        command
    };
    let by_name = run(&mut encode(points.as_os_str())).success();
    let mut piped = encode(OsStr::new("-"));
    let mut child = piped
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&fs::read(points).unwrap()).unwrap();
    drop(stdin);
    assert!(child.wait_with_output().unwrap().stdout == by_name);
}

#[test]
fn the_room_of_the_disk_is_looked_at() {
    let scratch = Scratch::new();
    let output = scratch.file("out.npy");
    let words = "noise --device cpu --count 1000000000000 --dims 1000 --output";
    ddim(words.split(' ').chain([output.as_str()])).fails(5, "bytes free");
    assert_eq!(scratch.entries(), [""; 0]);
}

/// Ctrl-Break, which unlike Ctrl-C can be sent to one process: the same handler takes both.
#[test]
fn an_event_of_the_console_leaves_nothing() {
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
    let scratch = Scratch::new();
    let mut command = command();
    command
        .args([
            "noise", "--device", "cpu", "--count", "10000000", "--dims", "100",
        ])
        .arg("--output")
        .arg(scratch.file("out.npy"))
        .creation_flags(CREATE_NEW_PROCESS_GROUP);
    let mut child = command.spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while scratch.entries().is_empty() {
        assert!(Instant::now() < deadline, "no temporary file appeared");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(300));
    let sent = Instant::now();
    send_break(child.id());
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if sent.elapsed() > FAULTS_END_WITHIN {
            child.kill().unwrap();
            panic!("it hangs");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert_eq!(status.code(), Some(130));
    assert_eq!(scratch.entries(), [""; 0]);
}

#[expect(unsafe_code, reason = "no safe way to send an event of the console")]
fn send_break(group: u32) {
    const CTRL_BREAK_EVENT: u32 = 1;
    // SAFETY: the declaration is the system's, which takes two numbers.
    unsafe extern "system" {
        safe fn GenerateConsoleCtrlEvent(event: u32, group: u32) -> i32;
    }
    let sent = GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, group);
    assert_ne!(sent, 0, "{}", std::io::Error::last_os_error());
}
