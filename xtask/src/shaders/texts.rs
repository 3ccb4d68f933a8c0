//! The composed texts and their translations, as `examples/shaders` writes them.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::{files, process, workspace};

/// Every kind of text. Beside the plain one there are those for devices with subgroups and 64-bit
/// integers, with f16, and with matrix units of either size.
const KINDS: [&str; 8] = [
    "wgsl",
    "spirv-1.3",
    "spirv-1.6",
    "hlsl-5.1",
    "hlsl-6.0",
    "hlsl-6.2",
    "msl",
    "glsl",
];
const DEVICES: [&str; 5] = ["", "-features", "-half", "-matrix-16", "-matrix-8"];

/// A folder with all texts: `KIND[-DEVICE]/KERNEL.NETWORK.EXTENSION`.
#[derive(Debug)]
pub struct Texts {
    folder: PathBuf,
    program: PathBuf,
    list: String,
}

impl Texts {
    /// Translates everything; a text that naga refuses ends it.
    pub fn translate() -> Result<Self, Failure> {
        let folder = workspace::target().join("shaders");
        for kind in KINDS {
            for device in DEVICES {
                files::remove_folder(&folder.join(format!("{kind}{device}")))?;
            }
        }
        files::make_folder(&folder)?;
        let program = workspace::build(&["--example", "shaders"], "debug/examples/shaders")?;
        let list = process::stdout(Command::new(&program).arg(&folder)).map_err(|error| {
            Failure::new(format_args!("translation failed: {}", error.message()))
        })?;
        Ok(Self {
            folder,
            program,
            list,
        })
    }

    /// The folder of everything, for other files too.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The program that translates, and checks a single text.
    pub fn program(&self) -> Command {
        Command::new(&self.program)
    }

    /// The lines "path, tab, entry point" of the HLSL texts.
    pub fn list(&self) -> &str {
        &self.list
    }

    /// The path of a text, of a name like `wgsl/init_noise.2.wgsl`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The files of a kind for some devices: all where `devices` is empty.
    pub fn of(&self, kind: &str, devices: &[&str], extension: &str) -> Vec<PathBuf> {
        let devices = if devices.is_empty() {
            &DEVICES[..]
        } else {
            devices
        };
        devices
            .iter()
            .flat_map(|device| {
                files::with_suffix(&self.path(&format!("{kind}{device}")), extension)
            })
            .collect()
    }

    /// Writes a text with a planted error in it: the first `before` becomes `after`.
    pub fn plant(
        &self,
        text: &str,
        before: &str,
        after: &str,
        planted: &str,
    ) -> Result<PathBuf, Failure> {
        let original = files::read(&self.path(text))?;
        if !original.contains(before) {
            return Err(Failure::new(format_args!(
                "{text} has no `{before}` to plant an error at"
            )));
        }
        let path = self.path("planted").join(planted);
        files::write(&path, original.replacen(before, after, 1))?;
        Ok(path)
    }
}
