//! The npm package `webgpu`: Chromium's Tint and Dawn, with Microsoft's shader compilers beside
//! them.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process;

/// The version that is installed; `.github/workflows/ci.yml` names the same.
pub const WEBGPU: &str = "0.6.2";

/// Installs the package below `folder` if it is not there, and returns its folder; `None` without
/// npm, or where that fails.
pub fn webgpu(folder: &Path) -> Option<PathBuf> {
    let package = folder.join("node_modules/webgpu");
    if package.join("package.json").is_file() {
        return Some(package);
    }
    std::fs::create_dir_all(folder).ok()?;
    // On Windows npm is a script, which only a shell finds by this name.
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let installed = process::succeeds(
        Command::new(npm)
            .args([
                "install",
                "--silent",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--prefix",
            ])
            .arg(folder)
            .arg(format!("webgpu@{WEBGPU}")),
    );
    installed.then_some(package)
}
