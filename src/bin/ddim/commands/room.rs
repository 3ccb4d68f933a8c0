//! Whether there is room for samples, before they are computed.

use std::path::Path;

use crate::exit::{Failure, Status};

/// Refuses `count` samples of `dims` values that are more than the disk has room for.
///
/// What is not a file on a disk, such as a pipe, takes any number.
pub fn check(path: &Path, count: usize, dims: usize) -> Result<(), Failure> {
    let (bytes, Some(free)) = (4 * count as u128 * dims as u128, free_bytes(path)) else {
        return Ok(());
    };
    if bytes <= u128::from(free) {
        return Ok(());
    }
    let fits = u128::from(free) / (4 * dims as u128);
    Err(Failure::new(
        Status::DeviceLost,
        format_args!(
            "{count} samples are {bytes} bytes, more than the memory or the disk of {} has room for \
             ({free} bytes free): --count {fits} would fit",
            path.display()
        ),
    ))
}

/// Bytes that are free where a file at `path` would be; none where that is not known.
#[cfg(unix)]
fn free_bytes(path: &Path) -> Option<u64> {
    let is_file = std::fs::metadata(path).map_or(true, |metadata| metadata.is_file());
    if path.as_os_str() == "-" || !is_file {
        return None;
    }
    let directory = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => return None,
    };
    let disk = rustix::fs::statvfs(directory).ok()?;
    // A file system that does not know says 0 blocks in all.
    (disk.f_blocks > 0).then(|| disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}

/// The largest part of `count` samples, of `bytes` each, that there is memory for; none if there is
/// for all, or for not even one.
pub fn fitting(count: usize, bytes: usize) -> Option<usize> {
    let fits = |samples: usize| {
        let reserved = samples.checked_mul(bytes);
        reserved.is_some_and(|bytes| Vec::<u8>::new().try_reserve_exact(bytes).is_ok())
    };
    let mut fitting = count;
    while fitting > 0 && !fits(fitting) {
        fitting /= 2;
    }
    (0 < fitting && fitting < count).then_some(fitting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_fits_is_found() {
        assert_eq!(fitting(10, 4), None);
        let fits = fitting(usize::MAX, 4).expect("some fit");
        assert!(fits > 1000);
    }

    #[cfg(unix)]
    #[test]
    fn more_than_the_disk_holds_is_refused() {
        let path = std::env::temp_dir().join("never-made.npy");
        assert!(check(&path, 1, 1).is_ok());
        assert!(check(&path, usize::MAX / 8, 8).is_err());
        assert!(check(Path::new("-"), usize::MAX / 8, 8).is_ok());
    }
}
