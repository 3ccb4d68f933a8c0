//! Software drivers, and what makes wgpu find one of them alone.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::files;
use crate::process;
use crate::vulkan::{self, MANIFESTS};

/// A driver that computes on the CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    /// Mesa's Vulkan driver.
    Lavapipe,
    /// Mesa's OpenGL driver, llvmpipe.
    Gl,
    /// Google's Vulkan driver.
    SwiftShader,
}

impl Driver {
    pub const ALL: [Self; 3] = [Self::Lavapipe, Self::Gl, Self::SwiftShader];

    /// Its name on the command line and in `scripts/known_failures.txt`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lavapipe => "lavapipe",
            Self::Gl => "gl",
            Self::SwiftShader => "swiftshader",
        }
    }

    /// The driver of a name.
    pub fn named(name: &str) -> Result<Self, Failure> {
        Self::ALL
            .into_iter()
            .find(|driver| driver.name() == name)
            .ok_or_else(|| Failure::usage(format_args!("there is no driver \"{name}\"")))
    }

    /// How many tests may run at a time. wgpu's GL backend has one context with a lock on it, and
    /// panics where a thread waits for it longer than a second.
    pub fn test_threads(self) -> &'static str {
        if self == Self::Gl { "1" } else { "2" }
    }

    /// A program that finds this driver and no other, or why there is none.
    pub fn command(self, program: &Path, out: &Path) -> Result<Command, String> {
        let mut command = Command::new(program);
        self.choose(&mut command, out)?;
        Ok(command)
    }

    /// Sets what makes wgpu find this driver alone, or says why there is none.
    pub fn choose(self, command: &mut Command, out: &Path) -> Result<(), String> {
        for name in ["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "WGPU_ADAPTER_NAME"] {
            command.env_remove(name);
        }
        vulkan::quiet_mesa(command);
        let manifest = match self {
            Self::Gl => {
                command
                    .env("WGPU_BACKEND", "gl")
                    .env("LIBGL_ALWAYS_SOFTWARE", "1");
                return Ok(());
            }
            Self::Lavapipe => lavapipe()?,
            Self::SwiftShader => swiftshader_manifest(out)?,
        };
        command
            .env("WGPU_BACKEND", "vulkan")
            .env("VK_DRIVER_FILES", &manifest)
            .env("VK_ICD_FILENAMES", &manifest);
        Ok(())
    }
}

fn lavapipe() -> Result<PathBuf, String> {
    MANIFESTS
        .iter()
        .flat_map(|folder| files::with_suffix(Path::new(folder), ".json"))
        .find(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("lvp_icd"))
        })
        .ok_or_else(|| "no lavapipe (Debian: mesa-vulkan-drivers)".to_owned())
}

fn swiftshader_manifest(out: &Path) -> Result<PathBuf, String> {
    let library = swiftshader(out).ok_or("no SwiftShader (Debian: chromium-common)")?;
    let manifest = out.join("swiftshader_icd.json");
    let text = serde_json::json!({
        "file_format_version": "1.0.0",
        "ICD": { "library_path": library.to_string_lossy(), "api_version": "1.3.0" },
    });
    files::write(&manifest, text.to_string()).map_err(|failure| failure.message().to_owned())?;
    Ok(manifest)
}

/// SwiftShader's library, unpacked from the package where it is not installed: the package would
/// bring a browser's worth of others.
fn swiftshader(out: &Path) -> Option<PathBuf> {
    const INSTALLED: &str = "usr/lib/chromium/libvk_swiftshader.so";
    let installed = Path::new("/").join(INSTALLED);
    if installed.is_file() {
        return Some(installed);
    }
    let unpacked = out.join("chromium").join(INSTALLED);
    if !unpacked.is_file() {
        let download = || {
            process::succeeds(Command::new("apt-get").current_dir(out).args([
                "download",
                "-qq",
                "chromium-common",
            ]))
        };
        if !download() {
            let _ = process::succeeds(Command::new("apt-get").args(["update", "-qq"]));
            if !download() {
                return None;
            }
        }
        for package in files::with_suffix(out, ".deb") {
            let _ = process::succeeds(
                Command::new("dpkg")
                    .arg("-x")
                    .arg(&package)
                    .arg(out.join("chromium")),
            );
            std::fs::remove_file(package).ok()?;
        }
    }
    unpacked.is_file().then_some(unpacked)
}
