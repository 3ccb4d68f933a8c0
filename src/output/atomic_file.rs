//! Output files that appear whole or not at all.
//!
//! An [`OutputFile`] writes to a temporary name in the directory of its target and takes the target's place by a rename
//! when it is [finished](OutputFile::finish). Dropped before that, it removes what it wrote and leaves an existing file as
//! it was. A process that is about to die without running destructors, as in a signal handler, calls
//! [`remove_unfinished`].
//!
//! The promise is about this process failing or being interrupted. It is not about power loss: files are not synced.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::error::OutputError;

/// Temporary names that exist on disk and have not been renamed yet.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Makes temporary names of one process distinct.
static SERIAL: AtomicU32 = AtomicU32::new(0);

/// A file being written, invisible under its own name until [`finish`](Self::finish).
///
/// A target that exists and is not a regular file (a pipe, `/dev/null`) is written directly, for a rename would replace
/// the device by a file. The path `-` stands for standard output.
#[derive(Debug)]
pub struct OutputFile {
    path: PathBuf,
    writer: Option<Destination>,
    /// Temporary and final name; `None` when written directly.
    rename: Option<(PathBuf, PathBuf)>,
}

#[derive(Debug)]
enum Destination {
    File(BufWriter<File>),
    Stdout(BufWriter<io::Stdout>),
}

impl OutputFile {
    /// Starts a file that will appear as `path`.
    ///
    /// Everything that can be known to fail is found here, so that nobody waits for a result that has nowhere to go: a
    /// missing or unwritable directory, a directory in the place of the file, a name too long, a read-only file.
    ///
    /// # Errors
    /// [`OutputError::Create`] with the path and the operating system's reason.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, OutputError> {
        let path = path.as_ref();
        Self::open(path).map_err(|source| OutputError::Create {
            path: path.to_owned(),
            source,
        })
    }

    fn open(path: &Path) -> io::Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self {
                path: path.to_owned(),
                writer: Some(Destination::Stdout(BufWriter::new(io::stdout()))),
                rename: None,
            });
        }
        let existing = match fs::metadata(path) {
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        // Where a link leads, so that the link survives the rename.
        let target = match &existing {
            Some(metadata) if metadata.is_dir() => {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            Some(metadata) if !metadata.is_file() => {
                let file = OpenOptions::new().write(true).open(path)?;
                return Ok(Self {
                    path: path.to_owned(),
                    writer: Some(Destination::File(BufWriter::new(file))),
                    rename: None,
                });
            }
            // A rename would get past the mark that says not to.
            Some(metadata) if metadata.permissions().readonly() => {
                return Err(io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    "the existing file is read-only",
                ));
            }
            Some(_) => fs::canonicalize(path)?,
            None => path.to_owned(),
        };
        if target.file_name().is_none() {
            return Err(io::ErrorKind::IsADirectory.into());
        }

        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let temporary =
            target.with_file_name(format!(".ddim-{}-{serial}.part", std::process::id()));
        // Registered under the same lock, so that an interruption cannot fall between the two.
        let mut unfinished = unfinished();
        let file = File::create_new(&temporary)?;
        unfinished.push(temporary.clone());
        drop(unfinished);

        let output = Self {
            path: path.to_owned(),
            writer: Some(Destination::File(BufWriter::new(file))),
            rename: Some((temporary, target)),
        };
        if let (Some(metadata), Some((temporary, _))) = (existing, &output.rename) {
            fs::set_permissions(temporary, metadata.permissions())?;
        }
        Ok(output)
    }

    /// The path as it was given to [`create`](Self::create).
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes out what is buffered and gives the file its name, replacing a file that had it.
    ///
    /// # Errors
    /// [`OutputError::Write`]; nothing is left behind and an existing file is untouched.
    pub fn finish(mut self) -> Result<(), OutputError> {
        self.close().map_err(|source| self.error(source))
    }

    fn close(&mut self) -> io::Result<()> {
        self.flush()?;
        // Closed before the rename: Windows does not rename open files.
        self.writer = None;
        if let Some((temporary, target)) = &self.rename {
            let mut unfinished = unfinished();
            fs::rename(temporary, target)?;
            unfinished.retain(|path| path != temporary);
            drop(unfinished);
            self.rename = None;
        }
        Ok(())
    }

    /// A failure to write this file, as an error that names it. Returned to the caller's caller, it drops the file.
    pub fn error(&self, source: io::Error) -> OutputError {
        OutputError::Write {
            path: self.path.clone(),
            source,
        }
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.writer {
            Some(Destination::File(file)) => file.write(bytes),
            Some(Destination::Stdout(stdout)) => stdout.write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.writer {
            Some(Destination::File(file)) => file.flush(),
            Some(Destination::Stdout(stdout)) => stdout.flush(),
            None => Ok(()),
        }
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        if let Some((temporary, _)) = self.rename.take() {
            if let Some(Destination::File(file)) = self.writer.take() {
                // The buffered rest is not worth writing.
                drop(file.into_parts());
            }
            let mut unfinished = unfinished();
            // Nothing better can be done about a failure here than to leave the hidden file.
            let _ = fs::remove_file(&temporary);
            unfinished.retain(|path| *path != temporary);
        }
    }
}

/// Removes the temporary files of every [`OutputFile`] that is not finished, for a program that is about to exit without
/// unwinding. Files being written are lost; call it last.
pub fn remove_unfinished() {
    for path in unfinished().drain(..) {
        let _ = fs::remove_file(path);
    }
}

/// The list stays usable if a thread panicked while it held the lock: every state of it is a valid one.
fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An empty directory of this test, removed at the end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path =
                std::env::temp_dir().join(format!("ddim-file-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn entries(&self) -> usize {
            fs::read_dir(&self.0).unwrap().count()
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_finished_file_replaces_the_old_one() {
        let scratch = Scratch::new("replace");
        let path = scratch.0.join("out.bin");
        fs::write(&path, b"old").unwrap();
        let mut file = OutputFile::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        assert_eq!(
            fs::read(&path).unwrap(),
            b"old",
            "visible before it is whole"
        );
        file.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(scratch.entries(), 1);
    }

    #[test]
    fn a_failed_file_leaves_no_trace() {
        let scratch = Scratch::new("failed");
        let path = scratch.0.join("out.bin");
        fs::write(&path, b"old").unwrap();
        let mut file = OutputFile::create(&path).unwrap();
        file.write_all(&[0; 100_000]).unwrap();
        let error = file.error(io::Error::other("no more"));
        drop(file);
        assert!(error.to_string().contains("out.bin"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(scratch.entries(), 1);
    }

    #[test]
    fn unwritable_places_are_found_at_once() {
        let scratch = Scratch::new("unwritable");
        let missing = scratch.0.join("missing").join("out.bin");
        let long = scratch.0.join("x".repeat(300));
        let readonly = scratch.0.join("readonly.bin");
        fs::write(&readonly, b"keep").unwrap();
        let mut permissions = fs::metadata(&readonly).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&readonly, permissions).unwrap();
        for path in [
            missing.as_path(),
            &long,
            &readonly,
            &scratch.0,
            Path::new(""),
        ] {
            let error = OutputFile::create(path).unwrap_err();
            assert!(matches!(error, OutputError::Create { .. }), "{error}");
        }
        assert_eq!(scratch.entries(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn devices_and_links_are_kept() {
        let device = OutputFile::create("/dev/null").unwrap();
        device.finish().unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());

        let scratch = Scratch::new("link");
        let (link, file) = (scratch.0.join("link"), scratch.0.join("file"));
        fs::write(&file, b"old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let mut output = OutputFile::create(&link).unwrap();
        output.write_all(b"new").unwrap();
        output.finish().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");
    }
}
