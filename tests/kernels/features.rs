//! A device with every feature that the kernels have a use for computes what one without them does.

use std::num::NonZeroUsize;

use ddim_wgpu::diffusion::{Plan, PredictionType, SamplerKind};
use ddim_wgpu::gpu::{
    DiffusionSampler, Kernel, Network, NoiseSource, Precision, SamplerOptions, WgslNetwork,
    optional_features,
};
use ddim_wgpu::network::GaussianMixture;
use ddim_wgpu::{Batch, ClassChoice, noise};

use super::{bits, model, plan, sample_on, scheduler};
use crate::common::compute::{TestDevice, featured_device, test_device};
use crate::common::random_model::RandomModel;

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
    let plan = plan(mlp.scheduler(), 3, 1.0);
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

/// A device with room for more takes larger workgroups for wide layers, in which a sample's row has another place.
#[test]
fn larger_workgroups_compute_what_small_ones_do() {
    for (hidden, dims, classes) in [(512, 2, Some(3)), (640, 70, None), (1040, 5, Some(2))] {
        let network = RandomModel {
            shape: vec![dims],
            hidden,
            blocks: 1,
            classes,
            ..RandomModel::default()
        };
        let mlp = network.build();
        let plan = plan(mlp.scheduler(), 2, 1.0);
        let mut options = SamplerOptions::default();
        options.mlp_kernel = Some(Kernel::MlpStep);
        let batch = |count, offset, guidance: f32| {
            let batch = Batch::new(count).seed(5).sample_offset(offset);
            if classes.is_some() {
                batch.class(ClassChoice::Cyclic).guidance(guidance)
            } else {
                batch
            }
        };
        for guidance in [1.0, 1.5] {
            let asked = batch(21, 0, guidance);
            let small = sample_on(test_device(), &mlp, &plan, &asked, &options);
            let large = sample_on(featured_device(), &mlp, &plan, &asked, &options);
            let largest = small.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
            for (found, expected) in large.iter().zip(&small) {
                let error = (found - expected).abs() / largest;
                assert!(error < 1e-5, "{hidden}: {found}, in small ones {expected}");
            }
            for (offset, count) in [(0, 1), (20, 1), (3, 17)] {
                let asked = batch(count, offset, guidance);
                let part = sample_on(featured_device(), &mlp, &plan, &asked, &options);
                let expected = &large[offset as usize * dims..][..count * dims];
                assert_eq!(
                    bits(&part),
                    bits(expected),
                    "{hidden}: {count} from {offset}"
                );
            }
        }
    }
}

/// Ten rows, three at a time: three dispatches and one of a single row; and ranges
/// that begin and end anywhere.
#[test]
fn several_rows_to_a_dispatch_are_as_many_dispatches() {
    let mixture = GaussianMixture::gaussian(vec![0.5, -0.3, 1.0], 0.2).expect("a Gaussian");
    let exact = WgslNetwork::gaussian_mixture(&mixture, PredictionType::Epsilon);
    several_rows(Network::from(&model("points")), Some(Kernel::MlpStep));
    several_rows(Network::from(&exact), None);
}

#[test]
fn several_rows_to_a_dispatch_by_mlp_step_serial() {
    for mlp in [model("points"), model("images")] {
        several_rows(Network::from(&mlp), Some(Kernel::MlpStepSerial));
    }
}

fn several_rows(network: Network<'_>, kernel: Option<Kernel>) {
    let TestDevice { device, queue, .. } = test_device();
    let plan = Plan::sampler(scheduler(), SamplerKind::DpmSolverPlusPlus2M)
        .steps(10)
        .build()
        .expect("a plan");
    let mut options = SamplerOptions::default();
    options.mlp_kernel = kernel;
    let batch = Batch::new(70).seed(3);
    let single = sample_on(test_device(), network, &plan, &batch, &options);
    options.rows_per_dispatch = NonZeroUsize::new(3);
    let sampler =
        DiffusionSampler::with_options(device, network, &plan, &options).expect("a sampler");
    let run = sampler.prepare(device, queue, &batch).expect("a run");
    let largest = single.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
    for ends in [&[10][..], &[2, 9, 10], &[5, 10]] {
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut start = 0;
        for &end in ends {
            sampler.encode(&mut encoder, &run, start..end);
            start = end;
        }
        queue.submit([encoder.finish()]);
        let found = run.read_blocking(device, queue).expect("samples");
        for (found, expected) in found.iter().zip(&single) {
            let error = (found - expected).abs() / largest;
            assert!(error < 1e-5, "{found}, one by one {expected}");
        }
    }
}

#[test]
fn more_rows_than_a_binding_holds_are_refused_by_name() {
    let mlp = model("points");
    let mut options = SamplerOptions::default();
    options.rows_per_dispatch = NonZeroUsize::new(1 << 20);
    let plan = plan(mlp.scheduler(), 2, 0.0);
    let refused = DiffusionSampler::with_options(&test_device().device, &mlp, &plan, &options);
    let message = refused.expect_err("no such binding").to_string();
    assert!(
        message.contains("rows_per_dispatch")
            && message.contains("max_uniform_buffer_binding_size"),
        "{message}"
    );
}

/// What 16-bit weights and activations cost: of the largest value, at a run's end.
const HALF: f32 = 5e-3;

#[test]
fn half_precision_is_close_and_draws_the_same_noise() {
    let on = featured_device();
    if !on.device.features().contains(wgpu::Features::SHADER_F16) {
        // Such a device has to say so: see below.
        return;
    }
    for name in ["points", "images"] {
        let mlp = model(name);
        let plan = plan(mlp.scheduler(), 5, 1.0);
        for kernel in [Kernel::MlpStep, Kernel::MlpStepSerial] {
            let mut options = SamplerOptions::default();
            options.mlp_kernel = Some(kernel);
            let batch = Batch::new(40).seed(8);
            let single = sample_on(on, &mlp, &plan, &batch, &options);
            options.precision = Precision::Half;
            let half = sample_on(on, &mlp, &plan, &batch, &options);
            let largest = single.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
            let errors = half.iter().zip(&single).map(|(a, b)| (a - b).abs());
            let worst = errors.fold(0.0, f32::max) / largest;
            assert!(worst < HALF, "{name}, {}: {worst}", kernel.name());
            // The weights of `images` are f16 as they come, and only
            // `mlp_step` narrows activations.
            let narrowed = name == "points" || kernel == Kernel::MlpStep;
            assert_eq!(worst > 0.0, narrowed, "{name}, {}", kernel.name());
        }
    }
}

#[test]
fn half_precision_without_the_feature_is_refused_by_name() {
    let mlp = model("points");
    let mut options = SamplerOptions::default();
    options.precision = Precision::Half;
    let plan = plan(mlp.scheduler(), 2, 0.0);
    let refused = DiffusionSampler::with_options(&test_device().device, &mlp, &plan, &options);
    let message = refused.expect_err("a device without features").to_string();
    assert!(message.contains("SHADER_F16"), "{message}");
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
