//! Files and folders, with errors that name them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

fn named(path: &Path) -> impl FnOnce(std::io::Error) -> Failure + '_ {
    move |error| Failure::new(format_args!("{}: {error}", path.display()))
}

/// A file's text; bytes that are not UTF-8 are replaced, as logs of other programs may have any.
pub fn read(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(named(path))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes a file, and the folders above it.
pub fn write(path: &Path, contents: impl AsRef<[u8]>) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    fs::write(path, contents).map_err(named(path))
}

/// Copies a file.
pub fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::copy(from, to).map(drop).map_err(named(from))
}

/// Makes a folder and those above it; one that is there stays as it is.
pub fn make_folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(named(path))
}

/// Removes a folder with what is in it, if it is there.
pub fn remove_folder(path: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(named(path)(error)),
        _ => Ok(()),
    }
}

/// The files of a folder whose names end in `suffix`, sorted; none where there is no such folder.
pub fn with_suffix(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_file() && path.to_string_lossy().ends_with(suffix))
        .collect();
    files.sort();
    files
}

/// The names in a folder.
pub fn names(folder: &Path) -> Result<BTreeSet<String>, Failure> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(named(folder))? {
        let entry = entry.map_err(named(folder))?;
        names.insert(entry.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}

/// The bytes of a file; of a folder those of each file below it, by "/" and its path there. Nothing
/// for an empty folder.
pub fn contents(path: &Path) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    if !path.is_dir() {
        return Ok(vec![(String::new(), fs::read(path).map_err(named(path))?)]);
    }
    let mut all = Vec::new();
    for name in names(path)? {
        let below = contents(&path.join(&name))?;
        all.extend(
            below
                .into_iter()
                .map(|(rest, bytes)| (format!("/{name}{rest}"), bytes)),
        );
    }
    Ok(all)
}

/// Removes a file, or a folder with what is in it.
pub fn remove(path: &Path) -> Result<(), Failure> {
    if path.is_dir() {
        remove_folder(path)
    } else {
        fs::remove_file(path).map_err(named(path))
    }
}
