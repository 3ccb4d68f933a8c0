//! A Vulkan driver for the tests.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
use crate::files::with_suffix;
use crate::packages::Names;

/// Where the Vulkan loader looks for drivers' manifests.
pub const MANIFESTS: [&str; 3] = [
    "/usr/share/vulkan/icd.d",
    "/usr/local/share/vulkan/icd.d",
    "/etc/vulkan/icd.d",
];

/// Mesa's software driver, lavapipe, and the loader.
const SOFTWARE_DRIVER: Names = Names {
    debian: &["libvulkan1", "mesa-vulkan-drivers"],
    fedora: &["vulkan-loader", "mesa-vulkan-drivers"],
    arch: &["vulkan-icd-loader", "vulkan-swrast"],
};

/// Installs Mesa's software driver where there is no driver, or says what to install.
pub fn ensure() -> Result<(), Failure> {
    if available() {
        return Ok(());
    }
    eprintln!("no Vulkan driver found: installing Mesa's software driver");
    if SOFTWARE_DRIVER.install() && available() {
        return Ok(());
    }
    Err(Failure::new(format_args!(
        "could not install it. Install a Vulkan driver and run this again:\n{}",
        SOFTWARE_DRIVER.instructions()
    )))
}

fn available() -> bool {
    // Metal and DX12 come with the system.
    if cfg!(windows) || cfg!(target_os = "macos") {
        return true;
    }
    let named = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    named("VK_DRIVER_FILES")
        || named("VK_ICD_FILENAMES")
        || MANIFESTS
            .iter()
            .any(|folder| !with_suffix(Path::new(folder), ".json").is_empty())
}

/// Sets `XDG_RUNTIME_DIR` where it is not set: without it, Mesa's search for a Wayland display
/// prints an error for every device.
pub fn quiet_mesa(command: &mut Command) -> &mut Command {
    let set = env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty());
    command.env(
        "XDG_RUNTIME_DIR",
        set.unwrap_or_else(|| OsString::from(env::temp_dir())),
    )
}
