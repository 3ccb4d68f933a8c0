//! The kernels in a browser's WebGPU, by `scripts/dawn.sh`: no driver of wgpu's, but one
//! more column of the table.

use std::process::Command;

use crate::failure::Failure;
use crate::files;
use crate::process;
use crate::workspace;

/// Its name on the command line.
pub const NAME: &str = "dawn";

/// How the script says that its tools cannot be had.
const SKIPPED: i32 = 3;

/// What the script came to.
pub enum Outcome {
    /// Everything is as expected, as a report of `ddim verify` says it.
    Passed(serde_json::Value),
    /// What it needs cannot be had.
    Skipped(String),
    /// Something is not; the script's output has been printed.
    Failed,
}

/// Runs the script.
pub fn run() -> Result<Outcome, Failure> {
    let mut command = Command::new(workspace::root().join("scripts/dawn.sh"));
    for name in ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"] {
        command.env_remove(name);
    }
    let run = process::output(&mut command)?;
    let text = process::text(&run);
    match run.status.code() {
        Some(0) => {
            let path = workspace::target().join("dawn/report.json");
            serde_json::from_str(&files::read(&path)?)
                .map(Outcome::Passed)
                .map_err(|error| Failure::new(format_args!("{}: {error}", path.display())))
        }
        Some(SKIPPED) => Ok(Outcome::Skipped(
            text.lines().last().unwrap_or_default().to_owned(),
        )),
        _ => {
            print!("{text}");
            Ok(Outcome::Failed)
        }
    }
}
