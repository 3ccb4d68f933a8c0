//! tar files (POSIX ustar) in which nothing depends on who packs them, where and when.

use crate::failure::Failure;

const BLOCK: usize = 512;

/// A file or a folder of an archive.
pub struct Entry {
    /// Its path in the archive, with `/`; a folder's ends in one.
    pub name: String,
    pub bytes: Vec<u8>,
    /// Whether it is a program.
    pub executable: bool,
}

impl Entry {
    pub fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }

    /// Its permissions, as Unix numbers them.
    pub fn mode(&self) -> u32 {
        if self.executable || self.is_folder() {
            0o755
        } else {
            0o644
        }
    }
}

/// The archive of `entries` in their order, all of the same `time`, in seconds since 1970.
pub fn pack(entries: &[Entry], time: u64) -> Result<Vec<u8>, Failure> {
    let mut tar = Vec::new();
    for entry in entries {
        tar.extend(header(entry, time)?);
        tar.extend(&entry.bytes);
        tar.resize(tar.len().next_multiple_of(BLOCK), 0);
    }
    // Two empty blocks are its end.
    tar.resize(tar.len() + 2 * BLOCK, 0);
    Ok(tar)
}

fn header(entry: &Entry, time: u64) -> Result<[u8; BLOCK], Failure> {
    let name = entry.name.as_bytes();
    if name.len() > 100 {
        return Err(Failure::new(format_args!(
            "{}: longer than a name in a tar file",
            entry.name
        )));
    }
    let mut header = [0; BLOCK];
    header[..name.len()].copy_from_slice(name);
    let mut octal = |at: usize, digits: usize, number: u64| {
        let text = format!("{number:0digits$o}");
        header[at..at + digits].copy_from_slice(text.as_bytes());
    };
    octal(100, 7, entry.mode().into());
    // User and group 0.
    octal(108, 7, 0);
    octal(116, 7, 0);
    octal(124, 11, entry.bytes.len() as u64);
    octal(136, 11, time);
    header[156] = if entry.is_folder() { b'5' } else { b'0' };
    header[257..265].copy_from_slice(b"ustar\x0000");
    // The sum counts its own field as spaces.
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    Ok(header)
}
