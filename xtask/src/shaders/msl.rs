//! Metal's texts against those that were reviewed. Metal itself compiles them on macOS, in CI.

use std::path::Path;
use std::process::Command;

use super::Findings;
use super::texts::Texts;
use crate::failure::Failure;
use crate::{files, process, workspace};

/// The texts that were reviewed: each kernel once.
const REVIEWED: [&str; 11] = [
    "init_noise.2",
    "update_step.2",
    "predict_step.mixture-2",
    "threshold_step.784",
    "mask_step.2",
    "mlp_step.digits",
    "mlp_step_serial.points",
    "program_step.cep-qgpo-scorenet",
    "program_step_serial.cep-qgpo-scorenet",
    "to_rgba8.images",
    "to_rgba16f.images",
];

/// Metal numbers 31 buffers; sizes of runtime arrays come in one of them.
const LAST_BUFFER: u32 = 30;

pub fn stage(texts: &Texts, findings: &mut Findings) -> Result<(), Failure> {
    // Two invocations without a barrier between them.
    let planted = texts.plant(
        "msl/mlp_step.digits.metal",
        "threadgroup_barrier",
        "// ",
        "msl.metal",
    )?;
    findings.planted(as_reviewed("mlp_step.digits", &planted)?.is_err());
    for name in REVIEWED {
        if let Err(difference) = as_reviewed(name, &texts.path(&format!("msl/{name}.metal")))? {
            findings.fail(format_args!(
                "{name} is not what was reviewed: look at the difference, then cargo xtask shaders --bless\n{difference}"
            ));
        }
    }
    let all = texts.of("msl", &[""], ".metal");
    let mut highest = None;
    for file in &all {
        highest = highest.max(buffer_slots(&files::read(file)?).max());
    }
    match highest {
        Some(slot) if slot <= LAST_BUFFER => findings.say(format_args!(
            "{} reviewed texts of {}, highest buffer slot {slot}",
            REVIEWED.len(),
            all.len()
        )),
        slot => findings.fail(format_args!("buffer slot {slot:?}, of 0 to {LAST_BUFFER}")),
    }
    Ok(())
}

/// Accepts the texts as they are now.
pub fn bless(texts: &Texts) -> Result<(), Failure> {
    for name in REVIEWED {
        files::copy(&texts.path(&format!("msl/{name}.metal")), &snapshot(name))?;
    }
    Ok(())
}

fn snapshot(name: &str) -> std::path::PathBuf {
    workspace::root().join(format!("tests/data/msl/{name}.metal"))
}

/// Nothing where a text is the reviewed one, else the beginning of the difference.
fn as_reviewed(name: &str, file: &Path) -> Result<Result<(), String>, Failure> {
    let run = process::output(Command::new("diff").arg("-u").arg(snapshot(name)).arg(file))?;
    let difference = process::text(&run);
    let beginning: Vec<&str> = difference.lines().take(40).collect();
    Ok(if run.status.success() {
        Ok(())
    } else {
        Err(beginning.join("\n"))
    })
}

/// The numbers in `[[buffer(N)]]`.
fn buffer_slots(text: &str) -> impl Iterator<Item = u32> {
    text.split("[[buffer(")
        .skip(1)
        .filter_map(|rest| rest.split(')').next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::buffer_slots;

    #[test]
    fn slots_are_read_from_attributes() {
        let text = "constant Run& run [[buffer(0)]], device float* out [[buffer(12)]]\n, x [[thread_position(3)]]";
        assert_eq!(buffer_slots(text).collect::<Vec<_>>(), [0, 12]);
    }
}
