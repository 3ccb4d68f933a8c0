//! Where things lie, and cargo.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use crate::failure::Failure;
use crate::files;
use crate::process;

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask/ lies in the repository's root")
}

/// Where cargo builds the workspace.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// An empty folder for a task's intermediate files, which stay there for inspection.
pub fn scratch(task: &str) -> Result<PathBuf, Failure> {
    let folder = target().join("xtask").join(task);
    files::remove_folder(&folder)?;
    files::make_folder(&folder)?;
    Ok(folder)
}

/// cargo in the root, without the variables that `cargo run` sets for this program.
pub fn cargo() -> Command {
    cargo_in(root())
}

/// cargo in another workspace, with the compiler that its `rust-toolchain.toml` names.
pub fn cargo_of(folder: &Path) -> Command {
    let mut command = cargo_in(folder);
    command.env_remove("RUSTUP_TOOLCHAIN");
    command
}

fn cargo_in(folder: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(folder).stdin(Stdio::null());
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text == "CARGO"
        {
            command.env_remove(&name);
        }
    }
    command
}

/// Builds one program of the workspace by `cargo build WORDS`, and returns its path below
/// `target/debug` or `target/release`.
pub fn build(words: &[&str], program: &str) -> Result<PathBuf, Failure> {
    process::checked(cargo().args(["build", "--quiet"]).args(words))?;
    Ok(target().join(format!("{program}{}", env::consts::EXE_SUFFIX)))
}

/// A path that a user gave, relative to the root as the scripts have it, with its folder made.
pub fn given_path(path: &str) -> Result<PathBuf, Failure> {
    let path = root().join(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .map_err(|error| Failure::new(format_args!("{}: {error}", folder.display())))?;
    }
    Ok(path)
}
