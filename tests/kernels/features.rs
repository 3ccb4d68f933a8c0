//! A device with every feature that the kernels have a use for computes what one without them does.

use ddim_wgpu::gpu::{Kernel, NoiseSource, SamplerOptions, optional_features};
use ddim_wgpu::{Batch, ClassChoice, noise};

use super::{bits, model, plan, sample_on};
use crate::common::compute::{TestDevice, featured_device, test_device};

#[test]
fn noise_is_the_same_bits() {
    let TestDevice { device, queue, .. } = featured_device();
    let (seed, offset, dims) = (0xDEAD_BEEF_0123_4567, (1 << 32) - 3, 7);
    let source = NoiseSource::new(device, dims).expect("a source");
    for draw in [0, 1, u32::MAX] {
        let batch = Batch::new(1000).seed(seed).sample_offset(offset);
        let found = source
            .read_blocking(device, queue, &batch, draw)
            .expect("noise");
        for (i, found) in found.chunks_exact(dims).enumerate() {
            let mut expected = vec![0.0; dims];
            noise::fill_normals(seed, offset + i as u64, draw, &mut expected);
            assert_eq!(bits(found), bits(&expected), "sample {i} of draw {draw}");
        }
    }
}

/// Lanes without a sample of their own still have to hand on weights.
#[test]
fn subgroups_serve_every_batch_size_alike() {
    let mlp = model("images");
    let plan = plan(mlp.schedule(), 3, 1.0);
    let mut options = SamplerOptions::default();
    options.mlp_kernel = Some(Kernel::MlpStepSerial);
    let batch = |count, offset| {
        let classes = Batch::new(count).class(ClassChoice::Cyclic).guidance(1.5);
        classes.seed(5).sample_offset(offset)
    };
    let plain = sample_on(test_device(), &mlp, &plan, &batch(100, 0), &options);
    let whole = sample_on(featured_device(), &mlp, &plan, &batch(100, 0), &options);
    let largest = plain.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
    for (found, expected) in whole.iter().zip(&plain) {
        let error = (found - expected).abs() / largest;
        assert!(error < 1e-5, "{found}, without subgroups {expected}");
    }
    for (offset, count) in [(0, 1), (99, 1), (1, 31), (2, 33), (60, 40)] {
        let part = sample_on(
            featured_device(),
            &mlp,
            &plan,
            &batch(count, offset),
            &options,
        );
        let expected = &whole[offset as usize * mlp.dims()..][..count * mlp.dims()];
        assert_eq!(bits(&part), bits(expected), "{count} from {offset}");
    }
}

#[test]
fn the_device_has_what_was_asked_for() {
    let TestDevice { device, info, .. } = featured_device();
    let adapters = ddim_wgpu::gpu::headless::adapters();
    let same = |adapter: &&wgpu::Adapter| {
        adapter.get_info().name == info.name && adapter.get_info().backend == info.backend
    };
    let adapter = adapters.iter().find(same).expect("the adapter");
    assert!(device.features().contains(optional_features(adapter)));
}
