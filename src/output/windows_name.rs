//! Names that mean something else on Windows than a file.

use std::path::Path;

/// Devices that Windows knows by their names in any directory.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// What a path names on Windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A file, or a directory.
    File,
    /// A device or a pipe, which is written to and never replaced: `NUL`, `\\.\pipe\name`.
    Device,
    /// What no file can be renamed to: an ending does not make `nul.npy` a file (before Windows
    /// 11), and a colon in `out:1.npy` makes it a stream of the file `out`.
    Reserved,
    /// A name that no file system of Windows takes, some of which say so at the rename only.
    TooLong,
}

/// The longest name of a file, in units of UTF-16.
const LONGEST: usize = 255;

impl Named {
    pub fn by(path: &Path) -> Self {
        let text = path.to_string_lossy().replace('/', "\\");
        if text.starts_with(r"\\.\") {
            return Self::Device;
        }
        let name = text.rsplit('\\').next().unwrap_or_default();
        if name.encode_utf16().count() > LONGEST {
            return Self::TooLong;
        }
        // Behind this prefix Windows takes every name as it is.
        if text.starts_with(r"\\?\") {
            return Self::File;
        }
        // `C:name` lies in the current directory of a drive.
        let name = match name.as_bytes() {
            [letter, b':', ..] if letter.is_ascii_alphabetic() => &name[2..],
            _ => name,
        };
        let stem = name.split('.').next().unwrap_or_default();
        let stem = stem.trim_end_matches(' ').to_ascii_lowercase();
        if is_device(&stem) {
            return if stem.len() == name.len() {
                Self::Device
            } else {
                Self::Reserved
            };
        }
        if name.contains(':') {
            return Self::Reserved;
        }
        Self::File
    }
}

fn is_device(stem: &str) -> bool {
    let port = ["com", "lpt"].iter().find_map(|p| stem.strip_prefix(p));
    let is_port = port.is_some_and(|number| {
        let mut characters = number.chars();
        matches!(
            (characters.next(), characters.next()),
            (Some('1'..='9' | '¹' | '²' | '³'), None)
        )
    });
    is_port || DEVICES.contains(&stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_told_from_files() {
        for (path, expected) in [
            ("NUL", Named::Device),
            (r"C:\data\nul", Named::Device),
            ("c:con", Named::Device),
            ("data/COM1", Named::Device),
            ("lpt³", Named::Device),
            (r"\\.\pipe\samples", Named::Device),
            ("nul.npy", Named::Reserved),
            (r"data\Aux.tar.gz", Named::Reserved),
            ("nul .npy", Named::Reserved),
            ("out:1.npy", Named::Reserved),
            (r"C:\data\out:1.npy", Named::Reserved),
            ("null.npy", Named::File),
            ("com10", Named::File),
            ("com", Named::File),
            ("C:out.npy", Named::File),
            (r"\\server\share\out.npy", Named::File),
            (r"\\?\C:\data\nul.npy", Named::File),
            ("числа.npy", Named::File),
            ("", Named::File),
            (&"ю".repeat(255), Named::File),
            (&"x".repeat(256), Named::TooLong),
            (&"😀".repeat(128), Named::TooLong),
            (&format!(r"\\?\C:\{}", "x".repeat(300)), Named::TooLong),
        ] {
            assert_eq!(Named::by(Path::new(path)), expected, "{path}");
        }
    }
}
