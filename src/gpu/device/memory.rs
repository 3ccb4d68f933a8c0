//! A bound on the memory that a device can have, for allocations that cannot succeed.

use wgpu::{Device, DeviceType};

/// More memory than any device has.
const MOST_BYTES: u64 = 1 << 40;

/// Bytes that no allocation on the device may exceed. A software driver has the machine's memory,
/// of which an operating system may promise more than there is.
pub fn bound(device: &Device) -> u64 {
    let software = device.adapter_info().device_type == DeviceType::Cpu;
    let machine = software.then(machine_memory).flatten();
    machine.unwrap_or(MOST_BYTES)
}

/// The machine's memory in bytes, where the operating system tells it by a file.
fn machine_memory() -> Option<u64> {
    if !cfg!(any(target_os = "linux", target_os = "android")) {
        return None;
    }
    total(&std::fs::read_to_string("/proc/meminfo").ok()?)
}

fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::total;

    #[test]
    fn the_total_is_in_kibibytes() {
        let text = "MemTotal:       16384 kB\nMemFree:  1 kB\n";
        assert_eq!(total(text), Some(16 << 20));
        assert_eq!(total("MemFree: 1 kB\n"), None);
        assert_eq!(total("MemTotal: many kB\n"), None);
    }
}
