//! Hidden files that become output files by a rename.
//!
//! Their names are random, because nothing else tells processes apart that write into one
//! directory: containers share process numbers, and machines share file systems. A file is locked
//! for as long as it is written, so that one whose writer was killed can be told from one that is
//! still being written: whoever finds it unlocked removes it.

use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

const PREFIX: &str = ".ddim-";
const SUFFIX: &str = ".part";

/// Names tried before giving up; one in 2⁶⁴ is taken.
const ATTEMPTS: usize = 16;

/// Temporary names that exist on disk and have not been renamed yet.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Directories in which this process has looked for what others left behind.
static SWEPT: LazyLock<Mutex<HashSet<PathBuf>>> = LazyLock::new(Mutex::default);

/// A temporary file's name. Dropped before it is [persisted](Self::persist), the file is removed.
#[derive(Debug)]
pub struct Temporary {
    path: Option<PathBuf>,
}

impl Temporary {
    /// Creates an empty, locked file in the directory of `target`.
    ///
    /// The lock lasts until the returned [`File`] is closed.
    ///
    /// # Errors
    /// The operating system's, when it creates the file.
    pub fn beside(target: &Path) -> io::Result<(Self, File)> {
        sweep(target);
        for _ in 0..ATTEMPTS {
            let path = target.with_file_name(format!("{PREFIX}{:016x}{SUFFIX}", random()));
            // Registered under the same lock, so that an interruption cannot fall between the two.
            let mut unfinished = unfinished();
            let file = match File::create_new(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                file => file?,
            };
            unfinished.push(path.clone());
            drop(unfinished);
            let temporary = Self { path: Some(path) };
            match file.try_lock() {
                Ok(()) if temporary.exists() => return Ok((temporary, file)),
                // Another process saw the file before it was locked, and removes it.
                Ok(()) | Err(TryLockError::WouldBlock) => {}
                // A file system without locks. There nobody removes anything.
                Err(TryLockError::Error(_)) => return Ok((temporary, file)),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    fn exists(&self) -> bool {
        self.path().try_exists().unwrap_or(true)
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        self.path.as_deref().unwrap_or(Path::new(""))
    }

    /// Gives the file, which is `file`, the name `target`, and replaces a file that has it.
    ///
    /// The file is closed after that, so that it is locked until it has its name and nobody takes
    /// it for a leftover.
    ///
    /// # Errors
    /// The operating system's; the file is then removed.
    pub fn persist(mut self, file: File, target: &Path) -> io::Result<()> {
        let renamed = self.rename(target);
        drop(file);
        // Some file systems of Windows do not rename open files, and none replaces one that another
        // program has open and does not share.
        #[cfg(windows)]
        if renamed.is_err() {
            return super::patience::patiently(|| self.rename(target));
        }
        renamed
    }

    fn rename(&mut self, target: &Path) -> io::Result<()> {
        let mut unfinished = unfinished();
        fs::rename(self.path(), target)?;
        if let Some(path) = self.path.take() {
            unfinished.retain(|other| *other != path);
        }
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = self.path.take() {
            // Nothing better can be done about a failure here than to leave the hidden file.
            let _ = fs::remove_file(&path);
            unfinished().retain(|other| *other != path);
        }
    }
}

/// Removes the temporary files of every [`OutputFile`](super::OutputFile) that is not finished, for
/// a program that is about to exit without unwinding. Files being written are lost; call it last.
pub fn remove_unfinished() {
    for path in unfinished().drain(..) {
        let _ = fs::remove_file(path);
    }
}

/// The list stays usable if a thread panicked while it held the lock: every state of it is valid.
fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// 64 bits that no other process has: the keys of a hash map, which the operating system gives.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Removes what killed processes left in the directory of `target`, once for each directory.
fn sweep(target: &Path) {
    let directory = match target.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => return,
    };
    let mut swept = SWEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if !swept.insert(directory.to_owned()) {
        return;
    }
    // What cannot be listed or removed is in nobody's way: names are never used twice.
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let ours = name
            .to_str()
            .is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
        // Not a pipe, which would be waited for.
        if ours && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            remove_if_stale(&entry.path());
        }
    }
}

/// Removes a file that no process has locked. The lock is held until the file is gone, so that its
/// writer, should it be about to lock it, sees that it has lost it.
fn remove_if_stale(path: &Path) {
    if let Ok(file) = File::open(path)
        && file.try_lock().is_ok()
    {
        let _ = fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("ddim-temporary-{:016x}-{name}", random()));
        fs::create_dir_all(&path).expect("a directory");
        path
    }

    #[test]
    fn what_a_killed_process_left_goes_and_what_is_being_written_stays() {
        let directory = scratch("stale");
        let stale = directory.join(".ddim-1-0.part");
        fs::write(&stale, b"half").expect("a file");
        let busy = directory.join(".ddim-0123456789abcdef.part");
        let writer = File::create(&busy).expect("a file");
        writer.try_lock().expect("a lock");
        let (temporary, file) = Temporary::beside(&directory.join("out")).expect("a file");
        assert!(!stale.exists(), "the leftover is still there");
        assert!(busy.exists(), "another process's file was removed");
        assert!(temporary.path().exists());
        // On Windows a file is gone when it is removed and closed.
        drop(file);
        drop(temporary);
        assert_eq!(fs::read_dir(&directory).expect("listed").count(), 1);
        drop(writer);
        fs::remove_dir_all(&directory).expect("removed");
    }

    #[test]
    fn names_differ() {
        let names: HashSet<u64> = (0..1000).map(|_| random()).collect();
        assert_eq!(names.len(), 1000);
    }
}
