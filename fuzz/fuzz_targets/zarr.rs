//! `zarr.json`: refused, or an array whose samples are each in one chunk of a bounded size.
#![no_main]

use ddim_wgpu::output::zarr::read_document;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok((layout, _)) = read_document(text) else {
        return;
    };
    assert!(layout.chunk_bytes() <= 1 << 30);
    let last = layout.samples_of(layout.chunks() - 1);
    assert!(!last.is_empty() && last.end == layout.samples());
});
