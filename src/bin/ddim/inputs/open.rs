//! Opening what a user names, which may be a pipe.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ddim_wgpu::network::decode_text;
use ddim_wgpu::output::npy::{NpyArray, NpyError};

use super::files::at;
use crate::exit::Failure;

/// How long a pipe with a name may be without anybody who writes to it. Whoever is there may take
/// as long as he likes.
const WRITER_WITHIN: Duration = Duration::from_secs(3);

/// Opens a file, a device or a pipe. Opening a pipe waits for a writer.
///
/// # Errors
/// The operating system's, and `TimedOut` for a pipe that nobody opens.
pub fn open(path: &Path) -> io::Result<File> {
    if !is_pipe(path) {
        return File::open(path);
    }
    let (sender, opened) = mpsc::channel();
    let named = path.to_owned();
    let opening = move || {
        // Nobody listens any more after the time is over.
        let _ = sender.send(File::open(named));
    };
    if thread::Builder::new().spawn(opening).is_err() {
        return File::open(path);
    }
    opened.recv_timeout(WRITER_WITHIN).unwrap_or_else(|_| {
        let seconds = WRITER_WITHIN.as_secs();
        let problem = format!("a pipe to which nobody writes, within {seconds} s");
        Err(io::Error::new(io::ErrorKind::TimedOut, problem))
    })
}

/// The array of a `.npy`.
pub fn read_npy(path: &Path) -> Result<NpyArray, Failure> {
    let file = open(path).map_err(|error| at(path, NpyError::from(error)))?;
    NpyArray::read(BufReader::new(file)).map_err(|error| at(path, error))
}

/// The text of a file of at most `most` bytes; `kind` is what it should be.
pub fn read_text(path: &Path, most: u64, kind: &str) -> Result<String, Failure> {
    let unread = |error| at(path, format_args!("cannot read: {error}"));
    let mut bytes = Vec::new();
    open(path)
        .and_then(|file| file.take(most + 1).read_to_end(&mut bytes))
        .map_err(unread)?;
    if bytes.len() as u64 > most {
        return Err(at(path, format_args!("too large for {kind}")));
    }
    decode_text(bytes).map_err(unread)
}

#[cfg(unix)]
fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;

    std::fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_pipe(_: &Path) -> bool {
    false
}
