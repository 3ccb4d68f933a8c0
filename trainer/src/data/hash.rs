//! What data a run was on.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::error::DataError;

/// Bytes of a file, and their SHA-256.
pub fn read(path: &Path, hash: &mut Sha256) -> Result<Vec<u8>, DataError> {
    let bytes = std::fs::read(path).map_err(DataError::io(path))?;
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(&bytes);
    Ok(bytes)
}

/// In hexadecimal.
pub fn text(hash: Sha256) -> String {
    let digits = hash.finalize();
    digits.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The files of a folder, by name.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let entries = std::fs::read_dir(folder).map_err(DataError::io(folder))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = paths
        .collect::<Result<Vec<_>, _>>()
        .map_err(DataError::io(folder))?;
    paths.sort();
    Ok(paths)
}
