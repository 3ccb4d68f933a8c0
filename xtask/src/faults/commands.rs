//! The commands that are made to fail: one of each that opens a device, with as little work as
//! shows it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Programs;
use super::outcome::Outcome;
use crate::failure::Failure;
use crate::files;
use crate::process;
use crate::workspace;

/// A command and its words; `OUT` stands for its file's name.
pub struct Line {
    pub name: &'static str,
    words: &'static str,
    /// What it writes depends on what it has measured: of its files only the names are compared.
    measures: bool,
}

const fn line(name: &'static str, words: &'static str) -> Line {
    Line {
        name,
        words,
        measures: false,
    }
}

/// In place of a subcommand: the host program.
const HOST: &str = "host";

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
    line(
        "bound",
        "evaluate --model points --bound --steps 3 --count 3 --reference points.npy --json",
    ),
    line(
        "layers",
        "sample --model vibevoice-diffusion-head --count 5 --steps 3 --condition condition=condition.npy --output out.npy",
    ),
    line(
        "chunks",
        "sample --model points --count 5 --steps 3 --chunk 2 --output out.zarr",
    ),
    line("verify", "verify --only update_step --json"),
    line(
        "bench",
        "bench --model points --count 10 --steps 2 --repetitions 3 --seconds 0 --json",
    ),
    Line {
        measures: true,
        ..line(
            "tune",
            "tune --model points --count 3 --steps 2 --output out.json",
        )
    },
    // The library in a host, `examples/faults`.
    line("host", HOST),
    // These open no driver, which the trace of their calls shows.
    line(
        "forward",
        "forward --model points --input points.npy --timesteps 1,2 --output out.npy",
    ),
    line("check", "check chunks.zarr --json"),
    line("schedule", "schedule --model points --steps 3 --json"),
    line("info", "info --model points"),
    line("completions", "completions bash"),
    line("man", "man"),
];

/// Subcommands that open no driver, and so take no `--device`.
const WITHOUT_DEVICE: [&str; 7] = [
    "devices",
    "forward",
    "check",
    "schedule",
    "info",
    "completions",
    "man",
];

/// Refuses a list that leaves out a subcommand of the command's.
pub fn check_complete(ddim: &Path) -> Result<(), Failure> {
    let help = process::stdout(Command::new(ddim).arg("--help"))?;
    let listed = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty());
    for name in listed.filter_map(|line| line.split_whitespace().next()) {
        let runs = |line: &Line| line.words.split(' ').next() == Some(name);
        if name != "help" && !COMMANDS.iter().any(runs) {
            return Err(Failure::new(format_args!(
                "no command that is made to fail runs `ddim {name}`"
            )));
        }
    }
    Ok(())
}

/// What makes the files that the commands read, and of which model's samples.
const INPUTS: [(&str, Option<&str>); 5] = [
    ("sample --count 2 --output first.npy", Some("images")),
    ("sample --count 4 --output points.npy", Some("points")),
    ("sample --count 1 --output mask.png", Some("images")),
    (
        "sample --count 5 --chunk 2 --output chunks.zarr",
        Some("points"),
    ),
    ("noise --count 5 --dims 24 --output condition.npy", None),
];

/// A command in a folder of its own.
pub struct Subject<'a> {
    line: &'a Line,
    programs: &'a Programs,
    folder: PathBuf,
    /// Names in the folder before the command runs.
    inputs: BTreeSet<String>,
}

impl<'a> Subject<'a> {
    pub fn new(line: &'a Line, programs: &'a Programs, scratch: &Path) -> Result<Self, Failure> {
        let folder = scratch.join(line.name);
        files::make_folder(&folder)?;
        let mut subject = Self {
            line,
            programs,
            folder,
            inputs: BTreeSet::new(),
        };
        for (words, model) in INPUTS {
            let mut making = Command::new(&programs.ddim);
            making
                .current_dir(&subject.folder)
                .args(words.split(' '))
                .args(["--quiet", "--device", "cpu"]);
            if let Some(model) = model {
                making
                    .args(["--steps", "2", "--model"])
                    .arg(model_folder(model));
            }
            process::checked(&mut making)?;
        }
        subject.inputs = files::names(&subject.folder)?;
        Ok(subject)
    }

    pub fn command(&self) -> Command {
        if self.line.words == HOST {
            let mut command = Command::new(&self.programs.host);
            command
                .current_dir(&self.folder)
                .arg(workspace::root().join("tests/data"));
            return command;
        }
        let mut command = Command::new(&self.programs.ddim);
        command
            .current_dir(&self.folder)
            .env("RUST_BACKTRACE", "0")
            .env_remove("WGPU_ADAPTER_NAME");
        // What is said then is errors.
        command.arg("--quiet");
        let mut words = self.line.words.split(' ').peekable();
        while let Some(word) = words.next() {
            command.arg(word);
            if let Some(model) = words.next_if(|_| word == "--model" && self.line.name != "bench") {
                command.arg(model_folder(model));
            }
        }
        let subcommand = self.line.words.split(' ').next().unwrap_or_default();
        if !WITHOUT_DEVICE.contains(&subcommand) {
            command.args(["--device", "0", "--timeout", self.programs.timeout]);
        }
        command
    }

    /// Runs it, and takes what it made.
    pub fn run(&self, command: &mut Command) -> Result<Outcome, Failure> {
        let mut outcome = Outcome::of(&process::output(command)?);
        for name in files::names(&self.folder)?.difference(&self.inputs) {
            let path = self.folder.join(name);
            for (below, mut bytes) in files::contents(&path)? {
                if self.line.measures {
                    bytes.clear();
                }
                outcome.files.insert(format!("{name}{below}"), bytes);
            }
            files::remove(&path)?;
        }
        Ok(outcome)
    }
}

/// A fixture of the tests': a residual MLP or a network of layers.
fn model_folder(name: &str) -> PathBuf {
    let data = workspace::root().join("tests/data");
    let model = data.join("models").join(name);
    if model.is_dir() {
        model
    } else {
        data.join("networks").join(name)
    }
}
