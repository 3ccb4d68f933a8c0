//! zip files in which nothing depends on who packs them, where and when.

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

use super::tar::Entry;
use crate::failure::Failure;

/// Version 2.0: folders and deflate.
const VERSION: u16 = 20;
/// The attributes are those of Unix.
const MADE_BY_UNIX: u16 = 3 << 8;
/// Names are UTF-8.
const UTF8: u16 = 1 << 11;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Of a folder, as DOS marks one.
const DIRECTORY: u32 = 0x10;

/// The archive of `entries` in their order, all of the same `time`, in seconds since 1970.
pub fn pack(entries: &[Entry], time: u64) -> Result<Vec<u8>, Failure> {
    let mut zip = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        let offset = size(zip.len())?;
        let (method, packed) = deflate(entry)?;
        let mut crc = Crc::new();
        crc.update(&entry.bytes);
        // What the header before the file and the directory have in common.
        let mut common = Vec::new();
        for word in [VERSION, UTF8, method] {
            common.extend(word.to_le_bytes());
        }
        let (date, hour) = dos_time(time);
        for word in [hour, date] {
            common.extend(word.to_le_bytes());
        }
        for number in [crc.sum(), size(packed.len())?, size(entry.bytes.len())?] {
            common.extend(number.to_le_bytes());
        }
        let length = u16::try_from(entry.name.len()).map_err(Failure::new)?;
        common.extend(length.to_le_bytes());
        // No extra field.
        common.extend(0u16.to_le_bytes());

        zip.extend(b"PK\x03\x04");
        zip.extend(&common);
        zip.extend(entry.name.as_bytes());
        zip.extend(&packed);

        directory.extend(b"PK\x01\x02");
        directory.extend((MADE_BY_UNIX | VERSION).to_le_bytes());
        directory.extend(&common);
        // No comment, the first disk, a binary file.
        directory.extend([0; 6]);
        let (kind, dos) = match entry.is_folder() {
            true => (0o040_000, DIRECTORY),
            false => (0o100_000, 0),
        };
        directory.extend(((kind | entry.mode()) << 16 | dos).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(entry.name.as_bytes());
    }
    let count = u16::try_from(entries.len()).map_err(Failure::new)?;
    let start = size(zip.len())?;
    zip.extend(&directory);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    zip.extend(count.to_le_bytes());
    zip.extend(count.to_le_bytes());
    zip.extend(size(directory.len())?.to_le_bytes());
    zip.extend(start.to_le_bytes());
    // No comment.
    zip.extend([0; 2]);
    Ok(zip)
}

fn size(bytes: usize) -> Result<u32, Failure> {
    u32::try_from(bytes).map_err(|_| Failure::new("more than 4 GiB in a zip file"))
}

fn deflate(entry: &Entry) -> Result<(u16, Vec<u8>), Failure> {
    if entry.bytes.is_empty() {
        return Ok((STORED, Vec::new()));
    }
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    let packed = encoder
        .write_all(&entry.bytes)
        .and_then(|()| encoder.finish());
    Ok((DEFLATED, packed.map_err(Failure::new)?))
}

/// The date and the time of day as DOS has them, of UTC: from 1980 on, in steps of two seconds.
fn dos_time(time: u64) -> (u16, u16) {
    const DAY: u64 = 86_400;
    let (mut day, second) = (time / DAY, time % DAY);
    let mut year = 1970;
    let days = |year: u64| 365 + u64::from(is_leap(year));
    while day >= days(year) {
        day -= days(year);
        year += 1;
    }
    if year < 1980 {
        return (1 << 5 | 1, 0);
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    let date = (year - 1980) << 9 | month << 5 | (day + 1);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let hour = hour << 11 | minute << 5 | (second / 2);
    (date as u16, hour as u16)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_dos() {
        let read = |time| {
            let (date, hour) = dos_time(time);
            (
                (1980 + (date >> 9), date >> 5 & 15, date & 31),
                (hour >> 11, hour >> 5 & 63, 2 * (hour & 31)),
            )
        };
        // By `date -u -d @…`.
        assert_eq!(read(0), ((1980, 1, 1), (0, 0, 0)));
        assert_eq!(read(951_827_696), ((2000, 2, 29), (12, 34, 56)));
        assert_eq!(read(1_788_220_798), ((2026, 8, 31), (23, 59, 58)));
    }
}
