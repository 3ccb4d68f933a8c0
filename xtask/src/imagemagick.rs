//! Numbers of screenshots, by ImageMagick.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
use crate::process;

/// Runs `convert` with these words.
pub fn convert<S: AsRef<OsStr>>(words: impl IntoIterator<Item = S>) -> Result<(), Failure> {
    process::stdout(Command::new("convert").args(words)).map(drop)
}

/// The value of an `fx` expression of a picture after some operations, in words of `convert`.
pub fn value(picture: &Path, operations: &[&str], expression: &str) -> Result<f64, Failure> {
    let format = format!("%[fx:{expression}]");
    let words = [operations, &["-format", &format, "info:"]].concat();
    number(Command::new("convert").arg(picture).args(words))
}

/// How many pixels of two pictures differ.
pub fn differing_pixels(one: &Path, other: &Path) -> Result<f64, Failure> {
    number(Command::new("convert").args([one, other]).args([
        "-metric",
        "AE",
        "-compare",
        "-format",
        "%[distortion]",
        "info:",
    ]))
}

fn number(command: &mut Command) -> Result<f64, Failure> {
    let text = process::stdout(command)?;
    text.trim()
        .parse()
        .map_err(|_| Failure::new(format_args!("convert printed \"{text}\" and no number")))
}
