//! What a user names as input: files, directories, standard input, each an array or pictures, told
//! by what is in them and not by their names.

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::fmt::Display;
use std::fs;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use ddim_wgpu::network::FileKind;
use ddim_wgpu::output::npy::NpyArray;

use super::open::open;
use super::picture::{self, Conversion, Decoded};
use crate::exit::Failure;

/// Bytes of the start of a file by which it is told what it is.
const START: u64 = 64;
/// Largest file of a picture.
const MAX_PICTURE_BYTES: u64 = 64 << 20;

/// Endings of the pictures that are taken from a directory.
const ENDINGS: [&str; 6] = ["png", "jpg", "jpeg", "webp", "bmp", "gif"];

/// What is in a file.
pub enum Content {
    Array(NpyArray),
    Pictures(Decoded),
}

/// The files that a path stands for: the pictures of a directory in the order of their names, in
/// which numbers count as numbers; else itself.
pub fn expand(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let of_picture = |path: &PathBuf| {
        let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
        ENDINGS.contains(&ending.to_ascii_lowercase().as_str())
    };
    let entries = fs::read_dir(path).map_err(|error| at(path, error))?;
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()
        .map_err(|error| at(path, error))?;
    files.retain(of_picture);
    if files.is_empty() {
        let endings = ENDINGS.join(", .");
        let problem = format!("cannot read: a directory without pictures (.{endings})");
        return Err(at(path, problem));
    }
    files.sort_by(|a, b| by_numbers(&a.to_string_lossy(), &b.to_string_lossy()));
    Ok(files)
}

/// Orders names as people do: `2.png` before `10.png`.
fn by_numbers(a: &str, b: &str) -> Ordering {
    let number = |text: &str| -> (usize, usize) {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let zeros = text.bytes().take_while(|&digit| digit == b'0').count();
        (zeros.min(digits), digits)
    };
    let (mut rest_a, mut rest_b) = (a, b);
    while let (Some(first_a), Some(first_b)) = (rest_a.chars().next(), rest_b.chars().next()) {
        if first_a.is_ascii_digit() && first_b.is_ascii_digit() {
            let ((zeros_a, end_a), (zeros_b, end_b)) = (number(rest_a), number(rest_b));
            let (digits_a, digits_b) = (&rest_a[zeros_a..end_a], &rest_b[zeros_b..end_b]);
            let longer = digits_a.len().cmp(&digits_b.len());
            match longer.then_with(|| digits_a.cmp(digits_b)) {
                Ordering::Equal => (rest_a, rest_b) = (&rest_a[end_a..], &rest_b[end_b..]),
                order => return order,
            }
            continue;
        }
        match first_a.cmp(&first_b) {
            Ordering::Equal => {
                rest_a = &rest_a[first_a.len_utf8()..];
                rest_b = &rest_b[first_b.len_utf8()..];
            }
            order => return order,
        }
    }
    rest_a.len().cmp(&rest_b.len()).then_with(|| a.cmp(b))
}

/// Reads one file, or standard input where `path` is `-`. Pictures become samples of `shape`.
pub fn read(
    path: &Path,
    shape: &[usize],
    model: &str,
    conversion: &Conversion,
) -> Result<Content, Failure> {
    let failed = |error: io::Error| at(path, format_args!("cannot read: {error}"));
    let mut reader: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(open(path).map_err(failed)?))
    };
    let mut start = Vec::new();
    let taken = reader.by_ref().take(START).read_to_end(&mut start);
    taken.map_err(failed)?;
    let is_picture = picture::is_picture(&start);
    let mut all = Cursor::new(start.clone()).chain(reader);
    if !is_picture {
        let ends_in_npy = path.extension().is_some_and(|ending| ending == "npy");
        if FileKind::of(&start) == Some(FileKind::Npy) || ends_in_npy {
            let array = NpyArray::read(all).map_err(|error| at(path, error))?;
            return Ok(Content::Array(array));
        }
        return Err(at(path, neither(&start)));
    }
    let &[channels @ (1 | 3), height, width] = shape else {
        let problem = format!("a picture, but the model `{model}` makes none");
        return Err(at(path, problem));
    };
    let mut bytes = Vec::new();
    let limited = all.by_ref().take(MAX_PICTURE_BYTES + 1);
    BufReader::new(limited)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > MAX_PICTURE_BYTES {
        let problem = format!("longer than {MAX_PICTURE_BYTES} bytes, which no picture read is");
        return Err(at(path, problem));
    }
    let decoded = picture::decode(Cursor::new(bytes), [channels, height, width], conversion);
    let decoded = decoded.map_err(|error| at(path, error))?;
    if decoded.count == 0 {
        return Err(at(path, "an animation without frames"));
    }
    Ok(Content::Pictures(decoded))
}

/// What a file is that is no input.
fn neither(start: &[u8]) -> String {
    let known = "not a .npy file and not a picture (PNG, JPEG, WebP, BMP, GIF)";
    match FileKind::of(start) {
        Some(kind) => format!("{known} but {kind}"),
        None if start.is_empty() => format!("{known}: cannot read anything, it is empty"),
        None => known.to_owned(),
    }
}

/// A problem with an input.
pub fn at(path: &Path, problem: impl Display) -> Failure {
    if path.as_os_str() == "-" {
        return Failure::bad_input(format_args!("standard input: {problem}"));
    }
    Failure::bad_input(format_args!("{}: {problem}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count_as_numbers() {
        let mut names = ["10.png", "a.png", "2.png", "02.png", "1.png", "x10", "x9"];
        names.sort_by(|a, b| by_numbers(a, b));
        assert_eq!(
            names,
            ["1.png", "02.png", "2.png", "10.png", "a.png", "x9", "x10"]
        );
    }
}
