//! Whether there is room for samples, before they are computed.

use std::fmt::Display;
use std::fs::File;
use std::io;
use std::path::Path;

use ddim_wgpu::output::OutputFile;
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

use crate::exit::{Failure, Status};

/// Refuses `count` samples of `dims` values that are more than the disk has room for, and takes the
/// room for those that are not, where the file system can: nobody else then fills it meanwhile. Of
/// what is free the half is left to others, so more than that is only checked.
///
/// What is not a file on a disk, such as a pipe, takes any number.
pub fn reserve(file: &OutputFile, count: usize, dims: usize) -> Result<(), Failure> {
    check(file.path(), count, dims)?;
    let bytes = 4 * count as u128 * dims as u128;
    let free = free_bytes(file.path()).map_or(0, u128::from);
    match file.new_file() {
        Some(new) if 2 * bytes <= free => {
            take(new, bytes as u64).map_err(|error| file.error(error).into())
        }
        _ => Ok(()),
    }
}

/// Takes room on the disk for `bytes` bytes without making the file longer.
#[cfg(target_os = "linux")]
fn take(file: &File, bytes: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    use rustix::io::Errno;

    if bytes == 0 {
        return Ok(());
    }
    match fallocate(file, FallocateFlags::KEEP_SIZE, 0, bytes) {
        // A file system that cannot: the check was all that there is.
        Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => Ok(()),
        taken => Ok(taken?),
    }
}

#[cfg(not(target_os = "linux"))]
fn take(_: &File, _: u64) -> io::Result<()> {
    Ok(())
}

/// Refuses `count` samples of `dims` values that are more than the disk has room for.
fn check(path: &Path, count: usize, dims: usize) -> Result<(), Failure> {
    let bytes = 4 * count as u128 * dims as u128;
    match free_bytes(path) {
        Some(free) if bytes > u128::from(free) => {
            let fits = u128::from(free) / (4 * dims as u128);
            Err(full(
                path,
                format_args!("{count} samples are {bytes} bytes"),
                format_args!("({free} bytes free): --count {fits} would fit"),
            ))
        }
        _ => Ok(()),
    }
}

/// Refuses `bytes` bytes in a directory that are more than its disk has room for.
pub fn check_bytes(directory: &Path, bytes: u128) -> Result<(), Failure> {
    match free_bytes(&directory.join("any")) {
        Some(free) if bytes > u128::from(free) => Err(full(
            directory,
            format_args!("the samples are {bytes} bytes"),
            format_args!("({free} bytes free); what is there is kept"),
        )),
        _ => Ok(()),
    }
}

fn full(path: &Path, asked: impl Display, free: impl Display) -> Failure {
    let path = path.display();
    Failure::new(
        Status::DeviceLost,
        format_args!("{asked}, more than the memory or the disk of {path} has room for {free}"),
    )
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

/// The same on Windows, for whom asks: quotas count.
#[cfg(windows)]
#[expect(unsafe_code, reason = "no safe way to ask for the room of a disk")]
fn free_bytes(path: &Path) -> Option<u64> {
    use std::os::windows::ffi::OsStrExt;

    use windows_sys::Win32::Storage::FileSystem::GetDiskFreeSpaceExW;

    let is_file = std::fs::metadata(path).map_or(true, |metadata| metadata.is_file());
    if path.as_os_str() == "-" || !is_file {
        return None;
    }
    // An absolute one: of a directory of another drive it asks that drive.
    let path = std::path::absolute(path).ok()?;
    let directory = path.parent()?.as_os_str();
    let directory: Vec<u16> = directory.encode_wide().chain([0]).collect();
    let mut free = 0;
    // SAFETY: the name ends in a zero; the number outlives the call, and what is not asked for may
    // be null.
    let asked = unsafe {
        GetDiskFreeSpaceExW(
            directory.as_ptr(),
            &raw mut free,
            std::ptr::null_mut(),
            std::ptr::null_mut(),
        )
    };
    (asked != 0).then_some(free)
}

#[cfg(not(any(unix, windows)))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}

/// The largest part of `count` samples, of `bytes` each, that there is memory for; none if there is
/// for all, or for not even one. Systems promise more than they have, so what they have is asked first.
pub fn fitting(count: usize, bytes: usize) -> Option<usize> {
    let fits = |samples: usize| {
        let reserved = samples.checked_mul(bytes);
        reserved.is_some_and(|bytes| Vec::<u8>::new().try_reserve_exact(bytes).is_ok())
    };
    let mut fitting = count.min(free_memory() / bytes.max(1));
    while fitting > 0 && !fits(fitting) {
        fitting /= 2;
    }
    (0 < fitting && fitting < count).then_some(fitting)
}

/// Bytes of memory that nobody uses, or all there could be where the system does not tell.
fn free_memory() -> usize {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    match System::new_with_specifics(memory).available_memory() {
        0 => usize::MAX,
        bytes => usize::try_from(bytes).unwrap_or(usize::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_fits_is_found() {
        assert_eq!(fitting(10, 4), None);
        let fits = fitting(usize::MAX, 4).expect("some fit");
        assert!(fits > 1000);
        // No machine has as much, though its system may promise it.
        assert!((fits as u64) < 1 << 44, "{fits}");
    }

    #[cfg(any(unix, windows))]
    #[test]
    fn more_than_the_disk_holds_is_refused() {
        let path = std::env::temp_dir().join("never-made.npy");
        assert!(check(&path, 1, 1).is_ok());
        assert!(check(&path, usize::MAX / 8, 8).is_err());
        assert!(check(Path::new("-"), usize::MAX / 8, 8).is_ok());
    }
}
