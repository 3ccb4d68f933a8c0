//! Pictures that `ddim encode` is given, in any format: refused, or values in
//! [−1, 1], in bounded memory.
#![no_main]

#[path = "../../src/bin/ddim/inputs/picture/mod.rs"]
mod picture;

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use picture::{Conversion, Fit};

fuzz_target!(|bytes: &[u8]| {
    let _ = picture::is_picture(bytes);
    for channels in [1, 3] {
        for fit in [Fit::Crop, Fit::Pad, Fit::Stretch] {
            let background = [255, 0, 7];
            let conversion = Conversion { fit, background };
            let Ok(decoded) = picture::decode(Cursor::new(bytes), [channels, 4, 5], &conversion)
            else {
                continue;
            };
            assert_eq!(decoded.values.len(), decoded.count * channels * 4 * 5);
            assert!(decoded.values.iter().all(|value| (-1.0..=1.0).contains(value)));
        }
    }
});
