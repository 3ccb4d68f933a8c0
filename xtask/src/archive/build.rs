//! A build of the command in which nothing depends on who builds it, where and when.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::{process, workspace};

/// What `cargo` puts between flags in this variable.
const FLAGS: &str = "CARGO_ENCODED_RUSTFLAGS";
const BETWEEN: &str = "\x1f";

/// cargo, to build the command as people download it for a target.
pub fn command(target: &str) -> Result<Command, Failure> {
    let mut cargo = workspace::cargo();
    cargo.args([
        "build",
        "--locked",
        "--profile",
        "dist",
        "--bin",
        "ddim",
        "--target",
        target,
    ]);
    cargo
        .env_remove("RUSTFLAGS")
        .env(FLAGS, flags(target)?.join(BETWEEN));
    Ok(cargo)
}

/// Flags of the compiler: folders get the same names everywhere, files no times, and a program for
/// Windows brings the C library, which not every Windows has.
fn flags(target: &str) -> Result<Vec<String>, Failure> {
    let mut flags = Vec::new();
    // Of several that fit, the compiler takes the last.
    for (folder, name) in [
        (cargo_home()?, "/cargo".to_owned()),
        (workspace::root().to_owned(), "/ddim-wgpu".to_owned()),
        (workspace::target(), "/ddim-wgpu/target".to_owned()),
        library()?,
    ] {
        flags.push(format!("--remap-path-prefix={}={name}", folder.display()));
    }
    if target.ends_with("windows-msvc") {
        flags.extend(["-Ctarget-feature=+crt-static", "-Clink-arg=/Brepro"].map(str::to_owned));
    }
    if target.ends_with("windows-gnu") {
        flags.push("-Clink-arg=-Wl,--no-insert-timestamp".to_owned());
    }
    Ok(flags)
}

fn cargo_home() -> Result<PathBuf, Failure> {
    if let Some(folder) = env::var_os("CARGO_HOME") {
        return Ok(folder.into());
    }
    env::home_dir()
        .map(|home| home.join(".cargo"))
        .ok_or_else(|| Failure::new("no home folder, and so no cargo's"))
}

/// Where the sources of the standard library lie, if they are installed, and what the compiler calls
/// them where they are not.
fn library() -> Result<(PathBuf, String), Failure> {
    let sysroot = process::stdout(Command::new("rustc").args(["--print", "sysroot"]))?;
    let version = process::stdout(Command::new("rustc").arg("-vV"))?;
    let commit = version
        .lines()
        .find_map(|line| line.strip_prefix("commit-hash: "))
        .ok_or_else(|| Failure::new("rustc names no commit"))?;
    let sources = Path::new(sysroot.trim()).join("lib/rustlib/src/rust");
    Ok((sources, format!("/rustc/{commit}")))
}

/// The time that everything in an archive has, in seconds since 1970: `SOURCE_DATE_EPOCH` where that
/// is set, else the commit's, else 1980.
pub fn time() -> u64 {
    let given = env::var("SOURCE_DATE_EPOCH").ok();
    let of_commit = || {
        let mut git = Command::new("git");
        git.current_dir(workspace::root());
        process::stdout(git.args(["log", "-1", "--format=%ct"])).ok()
    };
    let time = given.or_else(of_commit);
    time.and_then(|time| time.trim().parse().ok())
        .unwrap_or(315_532_800)
}
