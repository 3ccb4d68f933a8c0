//! Clips of noise, ε̂ and the last state: on every path of the update, beside everything that a
//! plan or a batch may have.

use std::num::NonZeroUsize;

use ddim_wgpu::cpu::{CpuSampler, MixtureDenoiser};
use ddim_wgpu::diffusion::{
    Clipping, NoiseSchedule, Plan, PlanBuilder, PredictionType, SamplerKind,
};
use ddim_wgpu::gpu::{
    DiffusionSampler, ExternalNetwork, Kernel, Network, SamplerError, SamplerOptions, WgslNetwork,
};
use ddim_wgpu::network::{GaussianMixture, Model};
use ddim_wgpu::session::{Backend, Session};
use ddim_wgpu::{Batch, Inpaint, no_progress};

use crate::common::compute::{TestDevice, test_device};
use crate::common::goldens;

fn schedule() -> NoiseSchedule {
    NoiseSchedule::linear(1e-4, 0.02, 1000).expect("a schedule")
}

/// Three values, far from the limits below.
fn mixture() -> GaussianMixture {
    let means = vec![vec![2.0, -1.0, 0.5], vec![-1.5, 0.0, 1.0]];
    GaussianMixture::new(&[1.0, 2.0], means, vec![0.04, 0.09]).expect("a mixture")
}

fn network() -> WgslNetwork {
    WgslNetwork::gaussian_mixture(&mixture(), PredictionType::Epsilon)
}

fn build(builder: PlanBuilder) -> Plan {
    builder.build().expect("a plan")
}

/// DDIM with noise, and every clip at work.
fn clipping_all() -> PlanBuilder {
    let builder = Plan::ddim(schedule()).steps(6).eta(1.0);
    builder.clip_noise(0.8).clip_epsilon(0.9).clip_final(0.7)
}

fn on_gpu<'a>(
    network: impl Into<Network<'a>>,
    plan: &Plan,
    batch: &Batch,
    options: &SamplerOptions,
) -> Vec<f32> {
    let TestDevice { device, queue, .. } = test_device();
    let sampler =
        DiffusionSampler::with_options(device, network, plan, options).expect("a sampler");
    let run = sampler.prepare(device, queue, batch).expect("a run");
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    sampler.encode(&mut encoder, &run, 0..plan.len());
    queue.submit([encoder.finish()]);
    run.read_blocking(device, queue).expect("samples")
}

/// By the twin of `predict_step`.
fn on_cpu(plan: &Plan, batch: &Batch) -> Vec<f32> {
    let denoiser = MixtureDenoiser::new(mixture(), PredictionType::Epsilon);
    let samples = CpuSampler::custom(denoiser, plan).run(batch, no_progress);
    samples.expect("a run").data
}

#[track_caller]
fn assert_near(found: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_eq!(found.len(), expected.len());
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found - expected).abs() / expected.abs().max(1.0);
        assert!(
            error <= tolerance,
            "{what}, value {i}: found {found}, expected {expected}"
        );
    }
}

fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |most, value| most.max(value.abs()))
}

/// Noise, memory and thresholding: the state is clipped once all its terms are in it.
#[test]
fn the_last_state_is_clipped_whatever_it_is_made_of() {
    let threshold = Clipping::DynamicThreshold {
        ratio: 0.8,
        max: 1.7,
    };
    for kind in [
        SamplerKind::Ddim,
        SamplerKind::Ddpm,
        SamplerKind::Heun,
        SamplerKind::DpmSolverPlusPlus2M,
        SamplerKind::UniPc3,
        SamplerKind::Plms,
    ] {
        for clipping in [Clipping::None, Clipping::Range(1.2), threshold] {
            let builder = || Plan::sampler(schedule(), kind).steps(8).clipping(clipping);
            let plan = build(builder().clip_final(0.4).clip_noise(0.5));
            let batch = Batch::new(70).seed(4);
            let found = on_gpu(&network(), &plan, &batch, &SamplerOptions::default());
            let expected = on_cpu(&plan, &batch);
            let what = format!("{kind}, {clipping:?}");
            assert_near(&found, &expected, 1e-3, &what);
            assert_eq!([&found, &expected].map(|x| largest(x)), [0.4; 2], "{what}");
            let free = on_cpu(&build(builder().clip_noise(0.5)), &batch);
            let clamped: Vec<f32> = free.iter().map(|x| x.clamp(-0.4, 0.4)).collect();
            assert_eq!(expected, clamped, "{what}");
        }
    }
}

/// ε̂ of the network alone, where x̂₀ is thresholded after it.
#[test]
fn epsilon_is_clipped_beside_dynamic_thresholding() {
    let clipping = Clipping::DynamicThreshold {
        ratio: 0.8,
        max: 1.7,
    };
    let plan = build(clipping_all().clipping(clipping));
    let batch = Batch::new(65).seed(8);
    let found = on_gpu(&network(), &plan, &batch, &SamplerOptions::default());
    assert_near(&found, &on_cpu(&plan, &batch), 1e-3, "samples");
}

/// A policy's network with its observations, on both kernels and the tiled engine.
#[test]
fn networks_of_layers_are_clipped_by_every_kernel() {
    let folder = goldens::path("networks/dppo-diffusionmlp-residual");
    let model = Model::load(folder).expect("a fixture");
    let builder = Plan::ddim(model.scheduler()).steps(5).eta(1.0);
    let builder = builder
        .clipping(Clipping::Range(1.0))
        .rederive_epsilon(true);
    let builder = builder.clip_noise(0.8).clip_epsilon(0.9);
    let plan = build(builder.clone().clip_final(0.7));
    let mut batch = Batch::new(9).seed(6);
    for input in model.inputs() {
        let values = (0..9 * input.width).map(|i| (1.3 * i as f32).sin());
        batch = batch.condition(input.name.as_str(), values.collect::<Vec<f32>>());
    }
    let by_engine = |plan: &Plan, batch: &Batch| {
        let samples = CpuSampler::new(&model, plan).run(batch, no_progress);
        samples.expect("a run").data
    };
    let expected = by_engine(&plan, &batch);
    assert_eq!(largest(&expected), 0.7);
    assert!(largest(&by_engine(&build(builder), &batch)) > 0.75);
    for kernel in [Kernel::ProgramStep, Kernel::ProgramStepSerial] {
        for rows in [1, 2] {
            let mut options = SamplerOptions::default();
            options.mlp_kernel = Some(kernel);
            options.rows_per_dispatch = NonZeroUsize::new(rows);
            let found = on_gpu(&model, &plan, &batch, &options);
            assert_near(&found, &expected, 2e-5, kernel.name());
        }
    }
}

/// Each row of a dispatch has its own limits.
#[test]
fn several_rows_to_a_dispatch_are_clipped_one_by_one() {
    let plan = build(clipping_all());
    let batch = Batch::new(70).seed(4);
    let single = on_gpu(&network(), &plan, &batch, &SamplerOptions::default());
    for rows in [2, 4, 6] {
        let mut options = SamplerOptions::default();
        options.rows_per_dispatch = NonZeroUsize::new(rows);
        let found = on_gpu(&network(), &plan, &batch, &options);
        assert_eq!(found, single, "{rows} rows");
    }
}

/// A sample is the same in every batch.
#[test]
fn clipped_samples_do_not_depend_on_their_batch() {
    let plan = build(clipping_all());
    let model = Model::load("tests/data/models/points").expect("a model");
    let builder = Plan::ddim(model.scheduler()).steps(6).eta(1.0);
    let builder = builder.clip_noise(0.8).clip_epsilon(0.9).clip_final(0.7);
    let of_model = build(builder);
    let by_engine = |batch: &Batch| {
        let samples = CpuSampler::new(&model, &of_model).run(batch, no_progress);
        samples.expect("a run").data
    };
    let by_gpu = |batch: &Batch| on_gpu(&network(), &plan, batch, &SamplerOptions::default());
    let all = Batch::new(150).seed(4);
    let (engine, gpu) = (by_engine(&all), by_gpu(&all));
    for (first, count) in [(0, 1), (149, 1), (37, 65)] {
        let part = Batch::new(count).seed(4).sample_offset(first as u64);
        assert_eq!(by_engine(&part), engine[2 * first..][..2 * count]);
        assert_eq!(by_gpu(&part), gpu[3 * first..][..3 * count]);
    }
}

/// Limits that nothing reaches change no bit on the engine.
#[test]
fn wide_limits_change_nothing() {
    let model = Model::load("tests/data/models/points").expect("a model");
    let plain = || Plan::ddim(model.scheduler()).steps(6).eta(1.0);
    let wide = plain().clip_noise(9.0).clip_epsilon(1e6).clip_final(1e9);
    let batch = Batch::new(33).seed(1);
    let by_engine = |plan: &Plan| {
        let samples = CpuSampler::new(&model, plan).run(&batch, no_progress);
        samples.expect("a run").data
    };
    let expected = by_engine(&build(plain()));
    assert_eq!(by_engine(&build(wide.clone())), expected);
    let found = on_gpu(&model, &build(wide), &batch, &SamplerOptions::default());
    assert_near(&found, &expected, 1e-5, "mlp_step");
}

/// What is kept is kept, also beyond the limit; what is made is within.
#[test]
fn kept_data_are_not_clipped() {
    let plan = build(clipping_all());
    let data = [3.0, 3.0, 3.0].repeat(20);
    let mask = [1.0, 0.0, 1.0].repeat(20);
    let batch = Batch::new(20).seed(5).inpaint(Inpaint::new(data, mask));
    let found = on_gpu(&network(), &plan, &batch, &SamplerOptions::default());
    let expected = on_cpu(&plan, &batch);
    assert_near(&found, &expected, 1e-3, "samples");
    for sample in [found, expected].concat().chunks(3) {
        assert!(
            sample[0].abs() <= 0.7 && sample[2].abs() <= 0.7,
            "{sample:?}"
        );
        assert_eq!(sample[1], 3.0);
    }
}

/// Clamping must not make a sample of what is none.
#[test]
fn a_broken_run_stays_broken() {
    let broken = WgslNetwork::new(
        vec![3],
        "fn predict(x: Sample, at: Evaluation) -> Sample { var out = x; out[1] = sqrt(-1.0 - abs(x[1])); return out; }",
    );
    let plan = build(clipping_all());
    let found = on_gpu(&broken, &plan, &Batch::new(5), &SamplerOptions::default());
    for sample in found.chunks(3) {
        assert!(sample[1].is_nan(), "{sample:?}");
        assert!(
            sample[0].abs() <= 0.7 && sample[2].abs() <= 0.7,
            "{sample:?}"
        );
    }
}

#[test]
fn a_sampler_made_without_clips_says_so() {
    let TestDevice { device, queue, .. } = test_device();
    let plain = build(Plan::ddim(schedule()).steps(6));
    let clipping = build(clipping_all());
    let network = ExternalNetwork::new(vec![4]);
    let mut sampler = DiffusionSampler::new(device, &network, &plain).expect("a sampler");
    let error = sampler.set_plan(queue, &clipping).unwrap_err();
    assert!(matches!(error, SamplerError::Clips), "{error}");
    let mut options = SamplerOptions::default();
    options.clips = true;
    let mut sampler =
        DiffusionSampler::with_options(device, &network, &plain, &options).expect("a sampler");
    sampler.set_plan(queue, &clipping).expect("a kernel");
    sampler.set_plan(queue, &plain).expect("room");
}

/// A session compiles what the new plan needs.
#[test]
fn a_session_takes_a_plan_that_clips() {
    let TestDevice { device, queue, .. } = test_device();
    let model = Model::load("tests/data/models/points").expect("a model");
    let plain = build(Plan::ddim(model.scheduler()).steps(4));
    let clipping = build(Plan::ddim(model.scheduler()).steps(4).clip_final(0.3));
    let batch = Batch::new(9).seed(2);
    let gpu = Backend::from_wgpu(device.clone(), queue.clone());
    for backend in [Backend::cpu(), gpu] {
        let backend = backend.expect("a backend");
        let mut session = Session::new(&backend, &model, &plain).expect("a session");
        let free = session.sample(&batch).expect("samples").into_values();
        let clamped: Vec<f32> = free.iter().map(|x| x.clamp(-0.3, 0.3)).collect();
        assert_ne!(free, clamped);
        let other = session.with_plan(&clipping).expect("a session");
        assert_near(
            &other.sample(&batch).expect("samples").into_values(),
            &clamped,
            1e-5,
            "with_plan",
        );
        session.set_plan(&clipping).expect("a plan");
        let found = session.sample(&batch).expect("samples").into_values();
        assert_near(&found, &clamped, 1e-5, "set_plan");
    }
}
