//! The threads of the CPU engine: as many as asked for, and none where the system has none to give.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use super::{command, ddim_line, run};

#[test]
fn the_number_of_threads_is_the_one_asked_for() {
    for (asked, said) in [("1", "on 1 thread "), ("3", "on 3 threads ")] {
        let mut sample = command();
        sample.env("RAYON_NUM_THREADS", asked);
        sample.args("sample --device cpu --count 2 --steps 2 --output -".split(' '));
        let outcome = run(&mut sample);
        outcome.says(said);
        let mut devices = command();
        devices.env("RAYON_NUM_THREADS", asked);
        devices.args(["devices", "--json"]);
        let devices = run(&mut devices).json();
        let of_engine = devices.to_string();
        assert!(
            of_engine.contains(&format!("\"threads\":{asked}")),
            "{of_engine}"
        );
    }
}

/// A number with zeros too many takes no more threads than are of use.
#[test]
fn a_hundred_thousand_threads_are_not_started() {
    let mut devices = command();
    devices.env("RAYON_NUM_THREADS", "100000");
    devices.args(["devices", "--json"]);
    let outcome = run(&mut devices);
    assert!(
        outcome.took < super::FAULTS_END_WITHIN,
        "{:?}",
        outcome.took
    );
    let devices = outcome.json();
    let engine = devices.as_array().expect("a list").last();
    let threads = engine.expect("the engine")["threads"].as_u64();
    let processors = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    assert_eq!(threads, Some((4 * processors).max(64)));
}

/// At the limit of a user's processes no thread can be started: one is enough.
#[test]
fn without_threads_the_calling_one_does_the_work() {
    // A user who may not start any: a copy of the command is where every user can read it.
    let folder = std::env::temp_dir().join(format!("ddim-threads-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let binary = folder.join("ddim");
    fs::copy(env!("CARGO_BIN_EXE_ddim"), &binary).unwrap();
    for path in [&folder, &binary] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let arguments = "sample --device cpu --class 3 --count 70 --steps 2 --output -";
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| {
        use std::os::unix::fs::MetadataExt;
        own.uid() == 0
    });
    // Limits do not bind root, so there it is another user's.
    let user = match is_root {
        true => "setpriv --reuid=64321 --regid=64321 --clear-groups",
        false => "env",
    };
    for threads in ["", "RAYON_NUM_THREADS=100000 "] {
        let mut limited = Command::new("bash");
        limited.stdin(Stdio::null()).current_dir(&folder).args([
            "-c",
            &format!("{user} prlimit --nproc=1 env {threads}./ddim {arguments}"),
        ]);
        let limited = run(&mut limited);
        limited.says("on 1 thread ");
        assert!(limited.success() == ddim_line(arguments).success());
    }
    fs::remove_dir_all(folder).unwrap();
}
