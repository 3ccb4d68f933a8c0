//! The commands that are made to fail: one of each that opens a device, with as little work as
//! shows it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::outcome::Outcome;
use crate::failure::Failure;
use crate::files;
use crate::process;
use crate::workspace;

/// A command and its words; `OUT` stands for its file's name.
pub struct Line {
    pub name: &'static str,
    words: &'static str,
}

const fn line(name: &'static str, words: &'static str) -> Line {
    Line { name, words }
}

pub const COMMANDS: &[Line] = &[
    line("devices", "devices --json"),
    line("noise", "noise --count 5 --dims 10 --output out.npy"),
    line(
        "sample",
        "sample --model points --count 5 --steps 3 --eta 1 --output out.npy",
    ),
    line(
        "animation",
        "sample --model images --count 2 --steps 3 --output out.gif",
    ),
    line(
        "inpaint",
        "sample --model images --steps 3 --init-image first.npy --mask mask.png --output out.npy",
    ),
    line(
        "encode",
        "encode --model images --steps 3 --input first.npy --output out.npy",
    ),
    line(
        "fixed-point",
        "encode --model images --steps 3 --convention fixed-point --input first.npy --output out.npy",
    ),
    line(
        "interpolate",
        "interpolate --model images --steps 3 --count 3 --output out.npy",
    ),
    line(
        "reconstruction",
        "evaluate --model points --reconstruction --steps 3 --count 3 --reference points.npy --json",
    ),
    line(
        "evaluate",
        "evaluate --model points --steps 3 --eta 0 --count 4 --reference points.npy --json",
    ),
    line("verify", "verify --only update_step --json"),
    line(
        "bench",
        "bench --model points --count 10 --steps 2 --repetitions 3 --seconds 0 --json",
    ),
];

/// Files that the commands read: which model's samples they hold, and how many.
const INPUTS: [(&str, &str, &str); 3] = [
    ("first.npy", "images", "2"),
    ("points.npy", "points", "4"),
    ("mask.png", "images", "1"),
];

/// A command in a folder of its own.
pub struct Subject<'a> {
    line: &'a Line,
    binary: &'a Path,
    folder: PathBuf,
}

/// Seconds after which a device that does not answer is given up.
const TIMEOUT: &str = "1";

impl<'a> Subject<'a> {
    pub fn new(line: &'a Line, binary: &'a Path, scratch: &Path) -> Result<Self, Failure> {
        let folder = scratch.join(line.name);
        files::make_folder(&folder)?;
        let subject = Self {
            line,
            binary,
            folder,
        };
        for (file, model, count) in INPUTS {
            let mut first = Command::new(binary);
            let model = model_folder(model);
            first.current_dir(&subject.folder).args([
                "sample", "--quiet", "--device", "cpu", "--steps", "2", "--count", count,
                "--output", file,
            ]);
            process::checked(first.arg("--model").arg(model))?;
        }
        Ok(subject)
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(self.binary);
        command
            .current_dir(&self.folder)
            .env("RUST_BACKTRACE", "0")
            .env_remove("WGPU_ADAPTER_NAME");
        let mut words = self.line.words.split(' ').peekable();
        while let Some(word) = words.next() {
            command.arg(word);
            if let Some(model) = words.next_if(|_| word == "--model" && self.line.name != "bench") {
                command.arg(model_folder(model));
            }
        }
        if self.line.name != "devices" {
            command.args(["--device", "0", "--timeout", TIMEOUT]);
        }
        command
    }

    /// Runs it, and takes what it made.
    pub fn run(&self, command: &mut Command) -> Result<Outcome, Failure> {
        let mut outcome = Outcome::of(&process::output(command)?);
        for entry in fs::read_dir(&self.folder).map_err(|error| Failure::new(error.to_string()))? {
            let path = entry
                .map_err(|error| Failure::new(error.to_string()))?
                .path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if INPUTS.iter().any(|(file, ..)| *file == name) {
                continue;
            }
            let bytes = fs::read(&path).map_err(|error| Failure::new(error.to_string()))?;
            fs::remove_file(&path).map_err(|error| Failure::new(error.to_string()))?;
            outcome.files.insert(name, bytes);
        }
        Ok(outcome)
    }
}

fn model_folder(name: &str) -> PathBuf {
    workspace::root().join("tests/data/models").join(name)
}
