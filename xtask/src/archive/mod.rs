//! The command as people download it: `ddim-VERSION-TARGET.tar.gz`, or `.zip` for Windows, with the
//! licences and the documents, in `target/archives/`. The release workflow calls this on every
//! platform; `[package.metadata.binstall]` in `Cargo.toml` knows the names.
//!
//! One commit and one compiler give the same bytes in any folder and at any time, which
//! `scripts/reproducible.sh` shows.

mod build;
mod tar;
mod zip;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::Entry;

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
    process::checked(&mut build::command(target)?)?;
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
    files::make_folder(&archives)?;
    let name = format!("ddim-{}-{target}", version()?);
    let entry = |file: &str, from: &Path, executable| {
        let bytes = fs::read(from)
            .map_err(|error| Failure::new(format_args!("{}: {error}", from.display())))?;
        Ok(Entry {
            name: format!("{name}/{file}"),
            bytes,
            executable,
        })
    };
    let mut entries = vec![Entry {
        name: format!("{name}/"),
        bytes: Vec::new(),
        executable: false,
    }];
    entries.push(entry(program, built, true)?);
    for document in DOCUMENTS {
        entries.push(entry(document, &workspace::root().join(document), false)?);
    }
    let time = build::time();
    let (ending, bytes) = if windows {
        ("zip", zip::pack(&entries, time)?)
    } else {
        ("tar.gz", gzip(&tar::pack(&entries, time)?)?)
    };
    let archive = archives.join(format!("{name}.{ending}"));
    files::write(&archive, bytes)?;
    Ok(archive)
}

/// Compressed, without the name and the time that gzip has room for.
fn gzip(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let packed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    packed.map_err(Failure::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Vec<Entry> {
        let entry = |name: &str, bytes: &[u8], executable| Entry {
            name: name.to_owned(),
            bytes: bytes.to_vec(),
            executable,
        };
        vec![
            entry("all/", b"", false),
            entry("all/program", &[7; 1000], true),
            entry("all/empty.md", b"", false),
        ]
    }

    /// Read by other programs: GNU tar, and Python's `zipfile`.
    #[test]
    fn archives_are_read_by_others() {
        let folder = workspace::scratch("archive-test").expect("a folder");
        let tar = gzip(&tar::pack(&entries(), 951_827_696).expect("a tar")).expect("packed");
        files::write(&folder.join("all.tar.gz"), tar).expect("written");
        let listed = process::stdout(
            Command::new("tar")
                .env("TZ", "UTC")
                .args(["--full-time", "-tvzf"])
                .arg(folder.join("all.tar.gz")),
        );
        let listed = listed.expect("tar reads it");
        let lines: Vec<String> = listed
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(
            lines,
            [
                "drwxr-xr-x 0/0 0 2000-02-29 12:34:56 all/",
                "-rwxr-xr-x 0/0 1000 2000-02-29 12:34:56 all/program",
                "-rw-r--r-- 0/0 0 2000-02-29 12:34:56 all/empty.md",
            ]
        );
        let zip = zip::pack(&entries(), 951_827_696).expect("a zip");
        files::write(&folder.join("all.zip"), zip).expect("written");
        let script = "import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
for i in z.infolist():
    print(i.filename, oct(i.external_attr >> 16), i.date_time, len(z.read(i)), i.is_dir())";
        let mut python = Command::new("python3");
        let listed = process::stdout(python.args(["-c", script]).arg(folder.join("all.zip")));
        assert_eq!(
            listed.expect("Python reads it").trim(),
            "all/ 0o40755 (2000, 2, 29, 12, 34, 56) 0 True
all/program 0o100755 (2000, 2, 29, 12, 34, 56) 1000 False
all/empty.md 0o100644 (2000, 2, 29, 12, 34, 56) 0 False"
        );
    }
}
