//! First bytes of files of other kinds: named, or not known.
#![no_main]

use ddim_wgpu::network::FileKind;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(kind) = FileKind::of(bytes) {
        assert!(!kind.to_string().is_empty());
        // The rest of a file changes nothing.
        let start = &bytes[..bytes.len().min(FileKind::BYTES)];
        let found = FileKind::of(start);
        assert!(found == Some(kind) || kind == FileKind::WebPage);
    }
});
