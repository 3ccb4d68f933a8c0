//! spirv-val, Khronos's validator.

use std::path::Path;
use std::process::Command;

use super::Findings;
use super::texts::Texts;
use crate::failure::Failure;
use crate::{files, packages, process};

/// Each environment with the version of SPIR-V that wgpu gives it.
const ENVIRONMENTS: [(&str, &str); 2] = [("vulkan1.1", "spirv-1.3"), ("vulkan1.3", "spirv-1.6")];

pub fn stage(texts: &Texts, findings: &mut Findings) -> Result<(), Failure> {
    if !process::found("spirv-val") && !packages::debian(&["spirv-tools"]) {
        findings.skip("no spirv-val (Debian: spirv-tools)");
        return Ok(());
    }
    findings.planted(planted_error_is_found(texts)?);
    // Validators before 2023.4 know nothing of cooperative matrices.
    let matrix = texts.path("spirv-1.6-matrix-16/mlp_step_matrix.points.spv");
    let old = validate("vulkan1.3", &matrix)?
        .is_err_and(|message| message.contains("capability operand: 6022"));
    if old {
        findings.skip("the texts for matrix units, which this spirv-val is too old for");
    }
    let (mut good, mut total) = (0, 0);
    for (environment, version) in ENVIRONMENTS {
        for file in texts.of(version, &[], ".spv") {
            if old && file.to_string_lossy().contains("-matrix-") {
                continue;
            }
            total += 1;
            match validate_but_strides(texts, environment, &file)? {
                Ok(()) => good += 1,
                Err(message) => findings.fail(format_args!("{}: {message}", file.display())),
            }
        }
    }
    let version = process::stdout(Command::new("spirv-val").arg("--version"))?;
    let version = version.lines().next().unwrap_or_default();
    findings.say(format_args!("{good} of {total} valid, by {version}"));
    Ok(())
}

/// An identifier beyond the bound that the header states.
fn planted_error_is_found(texts: &Texts) -> Result<bool, Failure> {
    let path = texts.path("spirv-1.3/init_noise.2.spv");
    let mut words = std::fs::read(&path)
        .map_err(|error| Failure::new(format_args!("{}: {error}", path.display())))?;
    words[12..16].copy_from_slice(&2_u32.to_le_bytes());
    let planted = texts.path("planted/spirv.spv");
    files::write(&planted, words)?;
    Ok(validate("vulkan1.1", &planted)?.is_err_and(|message| message.contains("bound")))
}

/// Nothing, or what the validator says.
fn validate(environment: &str, file: &Path) -> Result<Result<(), String>, Failure> {
    let run = process::output(
        Command::new("spirv-val")
            .args(["--target-env", environment])
            .arg(file),
    )?;
    Ok(if run.status.success() {
        Ok(())
    } else {
        Err(process::text(&run))
    })
}

/// spirv-val without one complaint: naga 30 writes the stride of arrays in workgroup memory too,
/// which validators since 2025 refuse and no driver looks at. The stride of what they name is taken
/// out, and the rest looked at.
fn validate_but_strides(
    texts: &Texts,
    environment: &str,
    file: &Path,
) -> Result<Result<(), String>, Failure> {
    let stripped = texts.path("planted/stripped.spv");
    files::copy(file, &stripped)?;
    loop {
        let Err(message) = validate(environment, &stripped)? else {
            return Ok(Ok(()));
        };
        let Some(array) = array_with_stride(&message) else {
            return Ok(Err(message));
        };
        let decoration = format!("OpDecorate {array} ArrayStride");
        let assembly = process::stdout(Command::new("spirv-dis").arg(&stripped))?;
        let kept: Vec<&str> = assembly
            .lines()
            .filter(|line| !line.contains(&decoration))
            .collect();
        if kept.len() == assembly.lines().count() {
            return Ok(Err(message));
        }
        let listing = texts.path("planted/stripped.spvasm");
        files::write(&listing, kept.join("\n"))?;
        process::stdout(
            Command::new("spirv-as")
                .args(["--preserve-numeric-ids", "--target-env", environment, "-o"])
                .arg(&stripped)
                .arg(&listing),
        )?;
    }
}

/// The array type that rule 10684 names: `type '12[%_arr_float_16]'`.
fn array_with_stride(message: &str) -> Option<&str> {
    let rule = message.split_once("None-10684")?.1;
    let named = rule.split_once("type '")?.1;
    let (_, name) = named.split_once('[')?;
    Some(name.split_once(']')?.0).filter(|name| name.starts_with('%'))
}

#[cfg(test)]
mod tests {
    use super::array_with_stride;

    #[test]
    fn the_array_is_read_from_the_complaint() {
        let message = "error: line 9: [VUID-StandaloneSpirv-None-10684] Invalid explicit layout decorations on \
                       type '12[%_arr_float_16]' for operand";
        assert_eq!(array_with_stride(message), Some("%_arr_float_16"));
        assert_eq!(array_with_stride("error: type '12[%float]' is wrong"), None);
    }
}
