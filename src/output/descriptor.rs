//! Paths that name an open descriptor of this process: `/dev/stdout`, `/dev/fd/3`.
//!
//! Such a descriptor is written to as it is. Opening its path would open the file behind it anew,
//! at its start, and a rename would replace it.

use std::fs::{self, File};
use std::io;
use std::os::fd::{BorrowedFd, RawFd};
use std::path::{Path, PathBuf};

/// Links followed; Linux follows as many.
const MAX_LINKS: usize = 40;

/// The descriptor that `path` names, duplicated; none if it names a file.
///
/// # Errors
/// The operating system's, where no such descriptor is open.
pub fn open(path: &Path) -> io::Result<Option<File>> {
    number(path).map(duplicate).transpose()
}

/// The number of the descriptor that `path` names, also by way of links.
fn number(path: &Path) -> Option<RawFd> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        if let Some(number) = by_name(&path) {
            return Some(number);
        }
        let target = fs::read_link(&path).ok()?;
        path = path
            .parent()
            .map_or_else(PathBuf::new, Path::to_owned)
            .join(target);
    }
    None
}

fn by_name(path: &Path) -> Option<RawFd> {
    let text = path.to_str()?;
    match text {
        "/dev/stdin" => return Some(0),
        "/dev/stdout" => return Some(1),
        "/dev/stderr" => return Some(2),
        _ => {}
    }
    let own = format!("/proc/{}/fd/", std::process::id());
    ["/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/", &own]
        .into_iter()
        .find_map(|prefix| text.strip_prefix(prefix)?.parse().ok())
        .filter(|&number: &RawFd| number >= 0)
}

#[expect(unsafe_code, reason = "a descriptor known by its number alone")]
fn duplicate(number: RawFd) -> io::Result<File> {
    // SAFETY: the number is not negative. The descriptor is borrowed for this one call, which fails
    // with EBADF where it is not open; that no other thread closes it meanwhile is the business of
    // whoever passed its name to this process.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    Ok(borrowed.try_clone_to_owned()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_are_known_by_their_names() {
        let own = format!("/proc/{}/fd/7", std::process::id());
        for (path, expected) in [
            ("/dev/stdout", Some(1)),
            ("/dev/fd/12", Some(12)),
            ("/proc/self/fd/3", Some(3)),
            (own.as_str(), Some(7)),
            ("/dev/fd/-1", None),
            ("/dev/fd/x", None),
            ("/dev/null", None),
            ("out.npy", None),
        ] {
            assert_eq!(number(Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn a_descriptor_that_is_not_open_is_an_error() {
        assert!(open(Path::new("/dev/fd/987654")).is_err());
    }
}
