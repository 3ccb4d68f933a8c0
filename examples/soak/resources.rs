//! What a process holds.

use std::fs;
use std::io;

/// Resident memory and open files of this process, as Linux counts them.
#[derive(Debug, Clone, Copy)]
pub struct Resources {
    pub resident_kib: u64,
    pub open_files: usize,
}

impl Resources {
    /// # Errors
    /// Where there is no `/proc`.
    pub fn now() -> io::Result<Self> {
        let status = fs::read_to_string("/proc/self/status")?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let resident = resident.and_then(|line| line.trim().strip_suffix(" kB"));
        let resident_kib = resident.and_then(|number| number.parse().ok());
        Ok(Self {
            resident_kib: resident_kib.ok_or(io::ErrorKind::InvalidData)?,
            open_files: fs::read_dir("/proc/self/fd")?.count(),
        })
    }

    /// The median of each.
    pub fn usual(looks: &[Self]) -> Self {
        let median = |of: fn(&Self) -> u64| {
            let mut values: Vec<u64> = looks.iter().map(of).collect();
            values.sort_unstable();
            values[values.len() / 2]
        };
        Self {
            resident_kib: median(|look| look.resident_kib),
            open_files: median(|look| look.open_files as u64) as usize,
        }
    }
}
