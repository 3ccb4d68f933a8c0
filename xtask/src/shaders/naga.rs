//! naga: wgpu's own compiler. All texts were validated when they were translated.

use super::Findings;
use super::texts::Texts;
use crate::failure::Failure;
use crate::process;

pub fn stage(texts: &Texts, findings: &mut Findings) -> Result<(), Failure> {
    let planted = texts.plant(
        "wgsl/init_noise.2.wgsl",
        "run.count",
        "run.kount",
        "naga.wgsl",
    )?;
    let checked = process::output(texts.program().arg("--check").arg(planted))?;
    findings.planted(!checked.status.success() && process::text(&checked).contains("kount"));
    let count = |devices: &[&str]| texts.of("wgsl", devices, "wgsl").len();
    findings.say(format_args!(
        "{} texts are valid with no optional capability, {} with subgroups and int64, {} with f16, {} with matrix units",
        count(&[""]),
        count(&["-features"]),
        count(&["-half"]),
        count(&["-matrix-16", "-matrix-8"])
    ));
    Ok(())
}
