//! What `ddim --version` and `ddim bench` say of the build: the commit, where it is known, the compiler, and the
//! version of wgpu. And whether it is optimised, on which the engine's instructions depend.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=DDIM_COMMIT");
    println!("cargo::rustc-check-cfg=cfg(unoptimized)");
    if std::env::var("OPT_LEVEL").is_ok_and(|level| level == "0") {
        println!("cargo::rustc-cfg=unoptimized");
    }
    println!("cargo::rustc-env=DDIM_COMMIT={}", commit());
    println!("cargo::rustc-env=DDIM_RUSTC={}", compiler());
    println!("cargo::rustc-env=DDIM_WGPU={}", locked("wgpu"));
}

/// The compiler's name and version.
fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    output(Command::new(rustc).arg("--version")).unwrap_or_else(|| "unknown".to_owned())
}

/// The version of a package in the lock file beside this one or, of a workspace's member, above; what is built as
/// somebody's dependency goes by another.
fn locked(package: &str) -> String {
    let version = |path: &str| {
        let text = std::fs::read_to_string(path).ok()?;
        println!("cargo::rerun-if-changed={path}");
        let (_, rest) = text.split_once(&format!("\nname = \"{package}\"\nversion = \""))?;
        Some(rest.split('"').next()?.to_owned())
    };
    let version = ["Cargo.lock", "../Cargo.lock"]
        .into_iter()
        .find_map(version);
    version.unwrap_or_else(|| "unknown".to_owned())
}

/// The commit that is built. A debug build does not look for it, for then every commit would be a
/// reason to build all again.
fn commit() -> String {
    if let Ok(commit) = std::env::var("DDIM_COMMIT") {
        return commit;
    }
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "debug") {
        return "not recorded in a debug build".to_owned();
    }
    of_package()
        .or_else(of_git)
        .unwrap_or_else(|| "unknown".to_owned())
}

/// What `cargo package` has written down. A package does not change.
fn of_package() -> Option<String> {
    let text = std::fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let (_, rest) = text.split_once("\"sha1\"")?;
    let hash = rest.split('"').nth(1)?;
    Some(hash.chars().take(12).collect())
}

/// What git has checked out here; not in a directory above, which may be another project's.
fn of_git() -> Option<String> {
    if !Path::new(".git").exists() {
        return None;
    }
    for name in [
        "HEAD".to_owned(),
        git(&["symbolic-ref", "-q", "HEAD"]).unwrap_or_default(),
    ] {
        if let Some(path) = git(&["rev-parse", "--git-path", &name])
            && !name.is_empty()
            // Cargo takes a file that is not there for one that has changed, and builds all again.
            && Path::new(&path).exists()
        {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    git(&["rev-parse", "--short=12", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    output(Command::new("git").args(arguments))
}

fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
