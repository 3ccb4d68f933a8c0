//! What a file may be instead of itself, made of a sound one.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;

/// What lies under a file's name.
pub(crate) enum Content {
    Bytes(Vec<u8>),
    /// Bytes, and after them nothing up to this length, which takes no room on the disk.
    Sparse(Vec<u8>, u64),
    Directory,
    /// A pipe to which nobody writes.
    Pipe,
    /// A link to another path.
    Link(&'static str),
    /// A link to itself.
    Loop,
}

/// A file in place of a sound one.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) content: Content,
    /// Whether it cannot be taken for a sound one.
    pub(crate) refused: bool,
}

impl Case {
    /// Bytes that may be sound after all.
    pub(crate) fn bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            content: Content::Bytes(bytes.into()),
            refused: false,
        }
    }

    /// What must be refused.
    pub(crate) fn refused(name: impl Into<String>, content: Content) -> Self {
        Self {
            name: name.into(),
            content,
            refused: true,
        }
    }
}

impl Content {
    /// Puts it in place of whatever is at `path`.
    pub(crate) fn place(&self, path: &Path) {
        if path.symlink_metadata().is_ok() {
            fs::remove_file(path).expect("a file");
        }
        let done = match self {
            Self::Bytes(bytes) => fs::write(path, bytes),
            Self::Sparse(bytes, length) => File::create(path).and_then(|mut file| {
                file.write_all(bytes)?;
                file.set_len(*length)
            }),
            Self::Directory => fs::create_dir(path),
            Self::Pipe => {
                let made = std::process::Command::new("mkfifo").arg(path).status();
                made.map(|status| assert!(status.success()))
            }
            Self::Link(target) => symlink(target, path),
            Self::Loop => symlink(path, path),
        };
        done.expect("a file for the test");
    }
}

/// Words that look like any, the same each time: SplitMix64.
pub(crate) fn words(mut state: u64) -> impl Iterator<Item = u64> {
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    })
}

/// Whatever a file of any format may be instead: another kind of file, or a part of it.
pub(crate) fn anything(sound: &[u8]) -> Vec<Case> {
    let random: Vec<u8> = words(1).take(512).flat_map(u64::to_le_bytes).collect();
    let lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    let torch = [
        b"PK\x03\x04\x14\0\0\0\0\0".as_slice(),
        b"archive/data.pkl",
        &random,
    ]
    .concat();
    let utf16: Vec<u8> = sound
        .iter()
        .take(2000)
        .flat_map(|&byte| [byte, 0])
        .collect();
    let mut cases: Vec<Case> = [
        ("empty", Vec::new()),
        ("a byte", vec![b'{']),
        ("zeros", vec![0; 4096]),
        ("ones", vec![0xFF; 4096]),
        ("random", random.clone()),
        ("a git-lfs pointer", lfs.into()),
        (
            "a web page",
            b"<!DOCTYPE html>\n<html><body>404</body></html>".into(),
        ),
        ("a torch archive", torch),
        ("a pickle", [b"\x80\x04\x95".as_slice(), &random].concat()),
        ("compressed", [b"\x1f\x8b\x08".as_slice(), &random].concat()),
        ("UTF-16", [b"\xFF\xFE".as_slice(), &utf16].concat()),
        (
            "escapes",
            "\u{1b}[31m\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\r\u{8}".into(),
        ),
    ]
    .into_iter()
    .map(|(name, bytes): (_, Vec<u8>)| Case::refused(name, Content::Bytes(bytes)))
    .collect();
    cases.extend([
        Case::refused("a directory", Content::Directory),
        Case::refused("a pipe", Content::Pipe),
        Case::refused("zeros without an end", Content::Link("/dev/zero")),
        Case::refused("random bytes without an end", Content::Link("/dev/urandom")),
        Case::refused("nothing", Content::Link("/dev/null")),
        Case::refused("a loop of links", Content::Loop),
        Case::refused("a dangling link", Content::Link("nowhere/at/all")),
        Case::refused(
            "a terabyte of nothing",
            Content::Sparse(Vec::new(), 1 << 40),
        ),
        Case::refused(
            "half of it in a terabyte",
            Content::Sparse(sound[..sound.len() / 2].to_vec(), 1 << 40),
        ),
        Case {
            refused: false,
            ..Case::refused("it in a terabyte", Content::Sparse(sound.to_vec(), 1 << 40))
        },
    ]);
    for eighths in [1, 4, 7] {
        let part = &sound[..sound.len() * eighths / 8];
        cases.push(Case::bytes(format!("{eighths} eighths"), part));
    }
    cases.push(Case::bytes("all but a byte", &sound[..sound.len() - 1]));
    cases.push(Case::bytes("twice", [sound, sound].concat()));
    for (number, word) in words(2).take(6).enumerate() {
        let mut bytes = sound.to_vec();
        // Most of the structure is at the beginning.
        let reach = if number % 2 == 0 { 64 } else { usize::MAX };
        let at = word as usize % bytes.len().min(reach);
        bytes[at] ^= 1 << (word >> 60 & 7);
        cases.push(Case::bytes(format!("byte {at} with a bit turned"), bytes));
    }
    cases
}
