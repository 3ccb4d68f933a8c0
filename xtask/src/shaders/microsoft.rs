//! Microsoft's compilers, which the npm package `webgpu` brings as DLLs, under wine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::Findings;
use super::texts::Texts;
use crate::failure::Failure;
use crate::npm::{self, WEBGPU};
use crate::{files, packages, process, workspace};

const MINGW: &str = "x86_64-w64-mingw32-gcc";

/// "Sum of temp registers and indexable temp registers exceeds limit of 4096": docs/limits.md.
const TOO_LARGE_FOR_FXC: &str = "predict_step.mixture-784";

pub fn dxc(texts: &Texts, findings: &mut Findings) -> Result<(), Failure> {
    stage(texts, findings, &["hlsl-6.0", "hlsl-6.2"])
}

pub fn fxc(texts: &Texts, findings: &mut Findings) -> Result<(), Failure> {
    stage(texts, findings, &["hlsl-5.1"])
}

fn stage(texts: &Texts, findings: &mut Findings, kinds: &[&str]) -> Result<(), Failure> {
    let wine = match prepare(texts.folder()) {
        Ok(wine) => wine,
        Err(why) => {
            findings.skip(why);
            return Ok(());
        }
    };
    let name = findings.stage;
    let mut list: Vec<String> = texts
        .list()
        .lines()
        .filter_map(|line| below(texts.folder(), line, kinds))
        .collect();
    if name == "fxc" && list.iter().any(|line| line.contains(TOO_LARGE_FOR_FXC)) {
        list.retain(|line| !line.contains(TOO_LARGE_FOR_FXC));
        findings
            .skip("a caller's network of 784 values, whose sample does not fit FXC's registers");
    }
    // Found, and for the reason that it was planted for.
    let text = format!("{}/init_noise.2.hlsl", kinds[0]);
    let planted = format!("{}/init_noise.hlsl", kinds[0]);
    texts.plant(&text, "philox_round", "philox_raund", &planted)?;
    let planted = vec![format!("planted/{planted}\tinit_noise")];
    let (status, result) = compile(
        texts.folder(),
        &wine,
        name,
        &planted,
        Duration::from_secs(300),
    )?;
    let named = result.contains("philox_round") || result.contains("philox_raund");
    findings.planted(status == Some(1) && named && !result.contains("cannot be read"));

    let (status, result) = compile(
        texts.folder(),
        &wine,
        name,
        &list,
        Duration::from_secs(5_400),
    )?;
    if status == Some(0) {
        let summary = result.lines().last().unwrap_or_default().trim_end();
        let slowest =
            slowest(&result).map_or_else(String::new, |(file, ms)| format!("{ms} ms ({file})"));
        findings.say(format_args!(
            "{summary}, the slowest in {slowest}, by the DLL of webgpu {WEBGPU}"
        ));
    } else {
        findings.fail(result);
    }
    Ok(())
}

/// The DLLs, a program that calls them, and wine to run it; its path, or why there is none.
fn prepare(out: &Path) -> Result<PathBuf, String> {
    let package = npm::webgpu(&out.join("npm")).ok_or("no npm, or no package webgpu")?;
    if !process::found(MINGW) && !packages::debian(&["gcc-mingw-w64-x86-64-posix"]) {
        return Err("no mingw-w64".to_owned());
    }
    let wine = wine()
        .or_else(|| packages::debian(&["wine64"]).then(wine).flatten())
        .ok_or("no wine64")?;
    for library in ["d3dcompiler_47.dll", "dxcompiler.dll"] {
        let copy = files::copy(
            &package.join("dist/win32-x64").join(library),
            &out.join(library),
        );
        copy.map_err(|failure| failure.message().to_owned())?;
    }
    let compiled = process::succeeds(
        Command::new(MINGW)
            .args(["-O1", "-Wall", "-o"])
            .arg(out.join("hlsl.exe"))
            .arg(workspace::root().join("scripts/shaders/hlsl.c")),
    );
    if compiled {
        Ok(wine)
    } else {
        Err("hlsl.c does not compile".to_owned())
    }
}

fn wine() -> Option<PathBuf> {
    let installed = Path::new("/usr/lib/wine/wine64");
    if process::found("wine64") {
        Some("wine64".into())
    } else {
        installed.is_file().then(|| installed.to_owned())
    }
}

/// A line of the list with its path below the folder, if its kind is asked for.
fn below(folder: &Path, line: &str, kinds: &[&str]) -> Option<String> {
    let (path, entry) = line.split_once('\t')?;
    let path = Path::new(path);
    let path = path.strip_prefix(folder).unwrap_or(path);
    let first = path.iter().next()?.to_string_lossy();
    let wanted = kinds.iter().any(|kind| {
        first
            .strip_prefix(kind)
            .is_some_and(|device| ["", "-features", "-half"].contains(&device))
    });
    wanted.then(|| format!("{}\t{entry}", path.display()))
}

/// The exit status, `None` where it took too long, and all that was printed.
fn compile(
    out: &Path,
    wine: &Path,
    compiler: &str,
    list: &[String],
    limit: Duration,
) -> Result<(Option<i32>, String), Failure> {
    let name = format!("{compiler}.list");
    let log = out.join(format!("{compiler}.log"));
    files::write(&out.join(&name), list.join("\n") + "\n")?;
    let status = process::logged(
        Command::new(wine)
            .current_dir(out)
            .env("WINEPREFIX", out.join("wine"))
            .env("WINEDEBUG", "-all")
            .args(["hlsl.exe", compiler, &name]),
        &log,
        limit,
    )?;
    let bytes =
        fs::read(&log).map_err(|error| Failure::new(format_args!("{}: {error}", log.display())))?;
    let text = String::from_utf8_lossy(&bytes).replace('\r', "");
    Ok((status.and_then(|status| status.code()), text))
}

/// Of lines "file: compiled, N ms": the most.
fn slowest(log: &str) -> Option<(&str, u64)> {
    log.lines()
        .filter_map(|line| {
            let (file, rest) = line.split_once(": compiled, ")?;
            Some((file, rest.split_once(" ms")?.0.parse().ok()?))
        })
        .max_by_key(|(_, ms)| *ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_other_kinds_are_left_out() {
        let folder = Path::new("/a folder/shaders");
        let line = |kind: &str| format!("/a folder/shaders/{kind}/mlp_step.hlsl\tmlp_step");
        let kept = |kind: &str| below(folder, &line(kind), &["hlsl-6.0", "hlsl-6.2"]);
        assert_eq!(
            kept("hlsl-6.0-half").as_deref(),
            Some("hlsl-6.0-half/mlp_step.hlsl\tmlp_step")
        );
        assert_eq!(
            kept("hlsl-6.2").as_deref(),
            Some("hlsl-6.2/mlp_step.hlsl\tmlp_step")
        );
        assert_eq!(kept("hlsl-5.1"), None);
        assert_eq!(kept("hlsl-6.0-matrix-16"), None);
    }

    #[test]
    fn the_slowest_is_found() {
        let log =
            "a.hlsl: compiled, 12 ms\nb.hlsl: compiled, 340 ms\nc.hlsl: error\n2 of 3 compiled\n";
        assert_eq!(slowest(log), Some(("b.hlsl", 340)));
    }
}
