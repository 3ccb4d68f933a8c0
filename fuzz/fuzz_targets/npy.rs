//! `.npy` files: refused, or as many finite values as the shape says, which written and
//! read again are the same.
#![no_main]

use ddim_wgpu::output::npy::{self, NpyArray};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(array) = NpyArray::read(bytes) else {
        return;
    };
    assert_eq!(array.shape.iter().product::<usize>(), array.values.len());
    assert!(array.values.iter().copied().all(f32::is_finite));
    let mut written = Vec::new();
    npy::write(&mut written, &array.shape, &array.values).expect("memory");
    let again = NpyArray::read(&written[..]).expect("what was written");
    assert_eq!((&again.shape, &again.values), (&array.shape, &array.values));
    assert_eq!(array.values.len(), array.into_samples().len());
});
