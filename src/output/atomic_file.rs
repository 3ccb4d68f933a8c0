//! Output files that appear whole or not at all.
//!
//! An [`OutputFile`] writes to a temporary name in the directory of its target and takes the
//! target's place by a rename when it is [finished](OutputFile::finish). Dropped before that, it
//! removes what it wrote and leaves an existing file as it was. A process that is about to die
//! without running destructors, as in a signal handler, calls
//! [`remove_unfinished`](super::remove_unfinished).
//!
//! The promise is about this process failing or being interrupted. It is not about power loss:
//! files are not synced.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

#[cfg(unix)]
use super::descriptor;
use super::error::OutputError;
use super::temporary::Temporary;
#[cfg(windows)]
use super::windows_name::Named;

/// Links followed from a path to a file that is not there yet; Linux follows as many.
const MAX_LINKS: usize = 40;

/// A file being written, invisible under its own name until [`finish`](Self::finish).
///
/// A link is written through, also to a file that is not there yet. What is not a file is written
/// directly, for a rename would replace it: a pipe, `/dev/null`, the open descriptors that
/// `/dev/stdout` and `/dev/fd/N` name, and `NUL` and its like on Windows. The path `-` stands for
/// standard output.
///
/// On Windows a file that another program has open is replaced where that program shares it for
/// deletion, and waited for otherwise, for a second.
#[derive(Debug)]
pub struct OutputFile {
    path: PathBuf,
    writer: Option<Destination>,
    /// Temporary and final name; `None` when written directly.
    rename: Option<(Temporary, PathBuf)>,
}

#[derive(Debug)]
enum Destination {
    File(BufWriter<File>),
    Stdout(BufWriter<io::Stdout>),
}

/// Where a path leads.
enum Target {
    /// Something that is there and is no file.
    Direct(File),
    /// A file to replace, with its permissions, or to make.
    Replace(PathBuf, Option<Permissions>),
}

impl Target {
    fn find(path: &Path) -> io::Result<Self> {
        #[cfg(unix)]
        if let Some(file) = descriptor::open(path)? {
            return Ok(Self::Direct(file));
        }
        #[cfg(windows)]
        match Named::by(path) {
            Named::File => {}
            Named::Device => {
                let file = OpenOptions::new().write(true).open(path)?;
                return Ok(Self::Direct(file));
            }
            Named::TooLong => {
                let problem = "names on Windows have at most 255 characters";
                return Err(io::Error::new(io::ErrorKind::InvalidFilename, problem));
            }
            Named::Reserved => {
                let problem =
                    "Windows takes this name for a device's, or for a stream's behind a colon";
                return Err(io::Error::new(io::ErrorKind::InvalidFilename, problem));
            }
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(metadata) if !metadata.is_file() => {
                let file = OpenOptions::new().write(true).open(path)?;
                Ok(Self::Direct(file))
            }
            // A rename would get past the mark that says not to.
            Ok(metadata) if metadata.permissions().readonly() => Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "the existing file is read-only",
            )),
            Ok(metadata) => Ok(Self::Replace(resolve(path)?, Some(metadata.permissions()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Self::Replace(follow(path)?, None))
            }
            Err(error) => Err(error),
        }
    }
}

/// The file itself, where `path` is a link to it.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(path) {
        // RAM disks and some network drives of Windows know no canonical names.
        Err(_) if cfg!(windows) && !fs::symlink_metadata(path)?.is_symlink() => Ok(path.to_owned()),
        resolved => resolved,
    }
}

/// Where the links at `path` end, at a name that is not there.
fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&path) {
            Ok(target) => {
                let directory = path.parent().map_or_else(PathBuf::new, Path::to_owned);
                path = directory.join(target);
            }
            Err(_) if path.file_name().is_none() => {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many links"))
}

impl OutputFile {
    /// Starts a file that will appear as `path`.
    ///
    /// Everything that can be known to fail is found here, so that nobody waits for a result that
    /// has nowhere to go: a missing or unwritable directory, a directory in the place of the file,
    /// a name too long, a read-only file. Temporary files that killed processes left in the
    /// directory are removed.
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
        let direct = |writer| Self {
            path: path.to_owned(),
            writer: Some(writer),
            rename: None,
        };
        if path.as_os_str() == "-" {
            return Ok(direct(Destination::Stdout(BufWriter::new(io::stdout()))));
        }
        match Target::find(path)? {
            Target::Direct(file) => Ok(direct(Destination::File(BufWriter::new(file)))),
            Target::Replace(target, permissions) => {
                let (temporary, file) = Temporary::beside(&target)?;
                if let Some(permissions) = permissions {
                    file.set_permissions(permissions)?;
                }
                Ok(Self {
                    path: path.to_owned(),
                    writer: Some(Destination::File(BufWriter::new(file))),
                    rename: Some((temporary, target)),
                })
            }
        }
    }

    /// The path as it was given to [`create`](Self::create).
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The new file that will take the path's place, for those who take room for it before it is
    /// written; none for what is written directly.
    #[must_use]
    pub fn new_file(&self) -> Option<&File> {
        match (&self.writer, &self.rename) {
            (Some(Destination::File(file)), Some(_)) => Some(file.get_ref()),
            _ => None,
        }
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
        match (self.writer.take(), self.rename.take()) {
            (Some(Destination::File(file)), Some((temporary, target))) => {
                let (file, _flushed) = file.into_parts();
                temporary.persist(file, &target)
            }
            _ => Ok(()),
        }
    }

    /// A failure to write this file, as an error that names it. Returned to the caller's caller, it
    /// drops the file.
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
        if self.rename.is_some()
            && let Some(Destination::File(file)) = self.writer.take()
        {
            // The buffered rest is not worth writing. Closed before the file is removed, for
            // Windows.
            drop(file.into_parts());
        }
    }
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

    #[cfg(unix)]
    #[test]
    fn links_to_what_is_not_there_are_written_through() {
        let scratch = Scratch::new("dangling");
        let (first, second) = (scratch.0.join("first"), scratch.0.join("second"));
        std::os::unix::fs::symlink("second", &first).unwrap();
        std::os::unix::fs::symlink("missing", &second).unwrap();
        let mut output = OutputFile::create(&first).unwrap();
        output.write_all(b"new").unwrap();
        output.finish().unwrap();
        assert!(fs::symlink_metadata(&first).unwrap().is_symlink());
        assert!(fs::symlink_metadata(&second).unwrap().is_symlink());
        assert_eq!(fs::read(scratch.0.join("missing")).unwrap(), b"new");
        let circle = scratch.0.join("circle");
        std::os::unix::fs::symlink("circle", &circle).unwrap();
        assert!(OutputFile::create(&circle).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn an_open_descriptor_is_written_where_it_stands() {
        use std::os::fd::AsRawFd;

        let scratch = Scratch::new("descriptor");
        let path = scratch.0.join("log");
        fs::write(&path, b"keep ").unwrap();
        let log = OpenOptions::new().append(true).open(&path).unwrap();
        let mut output = OutputFile::create(format!("/dev/fd/{}", log.as_raw_fd())).unwrap();
        output.write_all(b"and add").unwrap();
        output.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"keep and add");
        assert_eq!(scratch.entries(), 1);
    }
}
