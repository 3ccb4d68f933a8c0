//! The command as people download it: `ddim-VERSION-TARGET.tar.gz`, or `.zip` for Windows, with the
//! licences and the documents, in `target/archives/`. The release workflow calls this on every
//! platform; `[package.metadata.binstall]` in `Cargo.toml` knows the names.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::{files, process, workspace};

/// What an archive holds beside the program.
const DOCUMENTS: [&str; 4] = ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// The noise of every device and version, which the program must give before it is packed.
const NOISE_HASH: &str = "0x1AB4A1B9413780C0";

/// Builds the command for a target, runs it where this machine can, and packs it.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let host = host()?;
    let target = match arguments {
        [] => host.as_str(),
        [target] => target,
        _ => return Err(Failure::usage("")),
    };
    let windows = target.contains("windows");
    process::checked(workspace::cargo().args([
        "build",
        "--locked",
        "--profile",
        "dist",
        "--bin",
        "ddim",
        "--target",
        target,
    ]))?;
    let program = if windows { "ddim.exe" } else { "ddim" };
    let built = workspace::target().join(target).join("dist").join(program);
    if target == host {
        check(&built)?;
    } else {
        println!("archive: not run here, as {target} is not {host}");
    }
    let archive = pack(&built, program, target, windows)?;
    println!("archive: {}", archive.display());
    Ok(())
}

/// The target that rustc compiles for by itself.
fn host() -> Result<String, Failure> {
    let version = process::stdout(Command::new("rustc").arg("-vV"))?;
    version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .ok_or_else(|| Failure::new("rustc names no host"))
}

/// The version in the workspace's manifest.
fn version() -> Result<String, Failure> {
    let manifest = files::read(&workspace::root().join("Cargo.toml"))?;
    manifest
        .lines()
        .find_map(|line| line.strip_prefix("version = "))
        .map(|version| version.trim_matches('"').to_owned())
        .ok_or_else(|| Failure::new("Cargo.toml has no version"))
}

/// Runs the built command on the CPU engine: its version, its noise, a sample.
fn check(program: &Path) -> Result<(), Failure> {
    let version = version()?;
    let said = process::stdout(Command::new(program).arg("--version"))?;
    if !said.contains(&version) {
        return Err(Failure::new(format_args!(
            "the command says it is \"{said}\", not {version}"
        )));
    }
    let scratch = workspace::scratch("archive")?;
    let report = scratch.join("report.json");
    process::stdout(
        Command::new(program)
            .args(["verify", "--device", "cpu", "--quiet", "--json"])
            .arg(&report),
    )?;
    if !files::read(&report)?.contains(NOISE_HASH) {
        return Err(Failure::new(format_args!(
            "the noise hash is not {NOISE_HASH}: {}",
            report.display()
        )));
    }
    let picture = scratch.join("digits.png");
    process::stdout(
        Command::new(program)
            .args([
                "sample", "--device", "cpu", "--count", "4", "--steps", "5", "--output",
            ])
            .arg(&picture),
    )?;
    if files::with_suffix(&scratch, "digits.png").is_empty() {
        return Err(Failure::new("the command wrote no picture"));
    }
    Ok(())
}

/// Writes the archive, one folder of the archive's own name in it.
fn pack(built: &Path, program: &str, target: &str, windows: bool) -> Result<PathBuf, Failure> {
    let archives = workspace::target().join("archives");
    let name = format!("ddim-{}-{target}", version()?);
    let folder = archives.join(&name);
    files::remove_folder(&folder)?;
    files::make_folder(&folder)?;
    files::copy(built, &folder.join(program))?;
    for document in DOCUMENTS {
        files::copy(&workspace::root().join(document), &folder.join(document))?;
    }
    let archive = format!("{name}.{}", if windows { "zip" } else { "tar.gz" });
    let mut tar = if windows {
        windows_tar()?
    } else {
        Command::new("tar")
    };
    let format = if windows { "-acf" } else { "-czf" };
    process::checked(tar.current_dir(&archives).args([format, &archive, &name]))?;
    Ok(archives.join(archive))
}

/// The tar of Windows itself, which writes zip files and takes the format from the name. The one
/// that comes with git, which may stand before it on the PATH, does not.
fn windows_tar() -> Result<Command, Failure> {
    env::var_os("SystemRoot")
        .map(|root| Command::new(Path::new(&root).join("System32").join("tar.exe")))
        .ok_or_else(|| Failure::new("archives for Windows are packed on Windows"))
}
