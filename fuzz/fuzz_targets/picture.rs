//! PNG files that `ddim encode` is given: refused, or values in [−1, 1], in bounded memory.
#![no_main]

#[path = "../../src/bin/ddim/picture_input.rs"]
mod picture_input;

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for channels in [1, 3] {
        if let Ok(values) = picture_input::decode(Cursor::new(bytes), [channels, 4, 5]) {
            assert_eq!(values.len(), channels * 4 * 5);
            assert!(values.iter().all(|value| (-1.0..=1.0).contains(value)));
        }
    }
});
