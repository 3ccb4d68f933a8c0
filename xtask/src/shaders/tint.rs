//! Tint and Dawn, by the npm package `webgpu`.

use std::process::Command;

use super::Findings;
use super::texts::Texts;
use crate::failure::Failure;
use crate::npm::{self, WEBGPU};
use crate::{files, process, workspace};

pub fn stage(texts: &Texts, findings: &mut Findings) -> Result<(), Failure> {
    let folder = texts.folder().join("npm");
    if npm::webgpu(&folder).is_none() {
        findings.skip("no npm, or no package webgpu");
        return Ok(());
    }
    // node looks for packages beside the program.
    let program = folder.join("tint.mjs");
    files::copy(
        &workspace::root().join("scripts/shaders/tint.mjs"),
        &program,
    )?;
    let compile = |paths: &[std::path::PathBuf]| {
        process::output(Command::new("node").arg(&program).args(paths))
    };

    // A barrier that not all of a workgroup reach: what naga does not look for.
    let planted = texts.plant(
        "wgsl/mlp_step.digits.wgsl",
        "workgroupBarrier();",
        "if local > 3u { workgroupBarrier(); }",
        "tint.wgsl",
    )?;
    let run = compile(&[planted])?;
    findings
        .planted(run.status.code() == Some(1) && process::text(&run).contains("workgroupBarrier"));

    let run = compile(&texts.of("wgsl", &["", "-half"], "wgsl"))?;
    let text = process::text(&run);
    if run.status.success() {
        findings.say(format_args!(
            "{}, by Tint of webgpu {WEBGPU} (its WGSL has no 64-bit integers, so not the texts with them)",
            text.trim_end()
        ));
    } else {
        findings.fail(text);
    }
    Ok(())
}
