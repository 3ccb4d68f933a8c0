//! Files that are files, of others' directories.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Opens a file that has an end: no directory, device or pipe, which may block for ever or give
/// bytes for ever. Returns its length too.
///
/// # Errors
/// The operating system's; `IsADirectory` and `InvalidInput` for what is no file.
pub(crate) fn open_regular(path: &Path) -> io::Result<(File, u64)> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        let problem = "not a regular file";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    }
    Ok((File::open(path)?, metadata.len()))
}
