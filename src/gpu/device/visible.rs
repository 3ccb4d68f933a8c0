//! Which GPUs a job was given, by the variables that the vendors' own systems
//! heed and Vulkan does not.
//!
//! They number GPUs in the order of their PCI addresses (CUDA with `CUDA_DEVICE_ORDER=PCI_BUS_ID`,
//! which schedulers assume), or name them by UUID, which the NVIDIA driver's own files translate.

use std::fs;

/// A GPU as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// PCI vendor.
    pub vendor: u32,
    /// PCI address, `0000:3b:00.0`; empty where the adapter does not report it.
    pub address: String,
}

/// PCI vendors and the variable that restricts their GPUs.
const VARIABLES: [(u32, &str); 3] = [
    (0x10de, "CUDA_VISIBLE_DEVICES"),
    (0x1002, "ROCR_VISIBLE_DEVICES"),
    (0x8086, "ZE_AFFINITY_MASK"),
];

/// Which of the places a job was given, and the first variable that left any out; all of them where
/// no variable says otherwise.
pub fn visible(
    places: &[Place],
    variable: impl Fn(&str) -> Option<String>,
    uuid: impl Fn(&str) -> Option<String>,
) -> (Vec<bool>, Option<&'static str>) {
    let mut given = vec![true; places.len()];
    let mut heeded = None;
    for (vendor, name) in VARIABLES {
        let Some(list) = variable(name) else { continue };
        let of_vendor = |place: &&Place| place.vendor == vendor && !place.address.is_empty();
        let mut addresses: Vec<&str> = places.iter().filter(of_vendor).map(address).collect();
        addresses.sort_unstable();
        addresses.dedup();
        if addresses.is_empty() {
            // Nothing to choose from, or nothing to choose by.
            continue;
        }
        let chosen = chosen(&list, &addresses, &uuid);
        for (given, place) in given.iter_mut().zip(places) {
            if place.vendor == vendor && !chosen.contains(&place.address) {
                *given = false;
                heeded = heeded.or(Some(name));
            }
        }
    }
    (given, heeded)
}

fn address(place: &Place) -> &str {
    &place.address
}

/// The addresses that a list names, of those there are.
fn chosen(list: &str, addresses: &[&str], uuid: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let named: Vec<&str> = list
        .split(',')
        .map(str::trim)
        .filter(|one| !one.is_empty())
        .collect();
    let found = named.iter().filter_map(|one| {
        // `0.1` is a tile of GPU 0.
        let index = one.split('.').next()?.parse::<usize>();
        match index {
            Ok(index) => addresses.get(index).map(|&address| address.to_owned()),
            Err(_) => uuid(one).map(|address| address.to_ascii_lowercase()),
        }
    });
    let found: Vec<String> = found.collect();
    let hidden = named.first().is_none_or(|first| first.starts_with('-'));
    // A container that shows only the GPUs of the job, numbered as outside.
    if found.is_empty() && !hidden && named.len() == addresses.len() {
        return addresses
            .iter()
            .map(|&address| address.to_owned())
            .collect();
    }
    found
}

/// The PCI address of the NVIDIA GPU whose UUID begins so, by the files of its driver.
pub fn nvidia_address(uuid: &str) -> Option<String> {
    let entries = fs::read_dir("/proc/driver/nvidia/gpus").ok()?;
    let mut gpus = entries.flatten().map(|entry| entry.path());
    let gpu = gpus.find(|path| {
        let text = fs::read_to_string(path.join("information")).unwrap_or_default();
        let uuids = text
            .lines()
            .filter_map(|line| line.strip_prefix("GPU UUID:"));
        uuids.map(str::trim).any(|found| found.starts_with(uuid))
    })?;
    Some(gpu.file_name()?.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NVIDIA: u32 = 0x10de;

    /// Which of GPUs at 3b, 1a and d8, the second seen twice, a variable leaves.
    fn left(name: &str, list: &str) -> (Vec<bool>, Option<&'static str>) {
        let place = |vendor, address: &str| Place {
            vendor,
            address: address.to_owned(),
        };
        let places = [
            place(NVIDIA, "0000:3b:00.0"),
            place(NVIDIA, "0000:1a:00.0"),
            place(NVIDIA, "0000:1a:00.0"),
            place(NVIDIA, ""),
            place(0x1002, "0000:d8:00.0"),
        ];
        let uuid = |uuid: &str| (uuid == "GPU-b").then(|| "0000:3B:00.0".to_owned());
        visible(
            &places,
            |asked| (asked == name).then(|| list.to_owned()),
            uuid,
        )
    }

    #[test]
    fn indices_are_in_the_order_of_addresses() {
        let cuda = Some("CUDA_VISIBLE_DEVICES");
        let name = "CUDA_VISIBLE_DEVICES";
        assert_eq!(
            left(name, "0"),
            (vec![false, true, true, false, true], cuda)
        );
        assert_eq!(
            left(name, "1"),
            (vec![true, false, false, false, true], cuda)
        );
        assert_eq!(
            left(name, "GPU-b"),
            (vec![true, false, false, false, true], cuda)
        );
        assert_eq!(
            left(name, "0, 1"),
            (vec![true, true, true, false, true], cuda)
        );
        for hidden in ["", "-1", "GPU-unknown"] {
            assert_eq!(left(name, hidden).0, [false, false, false, false, true]);
        }
    }

    #[test]
    fn other_vendors_and_other_names_change_nothing() {
        assert_eq!(left("NO_SUCH", "0"), (vec![true; 5], None));
        assert_eq!(left("ZE_AFFINITY_MASK", "0.0"), (vec![true; 5], None));
        assert_eq!(left("ROCR_VISIBLE_DEVICES", "0"), (vec![true; 5], None));
        // One GPU of the vendor's is seen, and it is the job's whatever its number outside.
        assert_eq!(left("ROCR_VISIBLE_DEVICES", "5"), (vec![true; 5], None));
        assert!(!left("ROCR_VISIBLE_DEVICES", "").0[4]);
    }
}
