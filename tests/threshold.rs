//! Dynamic thresholding on the GPU against the CPU: the kernel's quantile, and whole runs of
//! every form of the update.

use ddim_wgpu::Batch;
use ddim_wgpu::cpu::{self, CpuSampler, MixtureDenoiser, SampleStep};
use ddim_wgpu::diffusion::{Clipping, NoiseSchedule, Plan, PredictionType, SamplerKind};
use ddim_wgpu::gpu::{DiffusionSampler, ExternalNetwork, SamplerError, WgslNetwork};
use ddim_wgpu::network::GaussianMixture;
use ddim_wgpu::no_progress;
use ddim_wgpu::noise::fill_normals;

use crate::common::compute::{TestDevice, test_device};

fn schedule() -> NoiseSchedule {
    NoiseSchedule::linear(1e-4, 0.02, 1000).expect("a schedule")
}

/// What `step(values)` is given as the network's output, a state and a plan of one row.
fn row_on_gpu(plan: &Plan, dims: usize, x: &[f32], out: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let TestDevice { device, queue, .. } = test_device();
    let network = ExternalNetwork::new(vec![dims]);
    let sampler = DiffusionSampler::new(device, &network, plan).expect("a sampler");
    let batch = Batch::new(x.len() / dims).seed(3).initial(x.to_vec());
    let run = sampler.prepare(device, queue, &batch).expect("a run");
    let output = run.out().expect("a buffer");
    queue.write_buffer(output, 0, bytemuck::cast_slice(out));
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    sampler.encode_external(&mut encoder, &run, 0..1, |_, _, _| {});
    queue.submit([encoder.finish()]);
    let state = run.read_blocking(device, queue).expect("a state");
    (
        state,
        run.read_x0_blocking(device, queue).expect("an estimate"),
    )
}

fn row_on_cpu(plan: &Plan, dims: usize, x: &[f32], out: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let (mut x, mut x0) = (x.to_vec(), vec![0.0; x.len()]);
    let samples = x.chunks_exact_mut(dims).zip(x0.chunks_exact_mut(dims));
    for (i, ((x, x0), out)) in samples.zip(out.chunks_exact(dims)).enumerate() {
        let at = SampleStep {
            row: 0,
            class: None,
            guidance: 1.0,
            seed: 3,
            sample: i as u64,
        };
        cpu::update_step(&cpu::RoundedStep::new(plan, 0), at, x, out, x0);
    }
    (x, x0)
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

/// Sizes around a quad, a workgroup and an image; quantiles at the ends, on
/// a value and between two.
#[test]
fn the_quantile_is_that_of_the_cpu() {
    for dims in [1, 2, 3, 4, 5, 63, 257, 784] {
        let (mut x, mut out) = (vec![0.0; 3 * dims], vec![0.0; 3 * dims]);
        fill_normals(1, 0, 0, &mut x);
        fill_normals(1, 0, 1, &mut out);
        // A sample within range, one far out, and one of equal values.
        out[..dims].iter_mut().for_each(|v| *v *= 0.1);
        out[dims..2 * dims].iter_mut().for_each(|v| *v *= 20.0);
        out[2 * dims..].fill(-1.25);
        for (ratio, max) in [(0.0, 5.0), (0.5, 5.0), (0.9, 1e3), (0.995, 1.5), (1.0, 1e6)] {
            for rederive in [false, true] {
                let mut config: ddim_wgpu::diffusion::SchedulerConfig = schedule().into();
                config.prediction = PredictionType::Sample;
                let plan = Plan::ddim(config)
                    .timesteps([600, 300])
                    .eta(0.5)
                    .clipping(Clipping::DynamicThreshold { ratio, max })
                    .rederive_epsilon(rederive)
                    .build()
                    .expect("a plan");
                let (state, x0) = row_on_gpu(&plan, dims, &x, &out);
                let (expected, expected_x0) = row_on_cpu(&plan, dims, &x, &out);
                let what = format!("{dims} values, ratio {ratio}, rederive {rederive}");
                assert_near(&x0, &expected_x0, 2e-6, &format!("x̂₀ of {what}"));
                // The two add the same terms in other orders, ε̂ up to 25 times the state.
                assert_near(&state, &expected, 2e-5, &format!("state of {what}"));
            }
        }
    }
}

/// Whole runs: noise, ε̂ re-derived, and a method with memory, whose
/// history is the thresholded x̂₀.
#[test]
fn runs_are_those_of_the_cpu() {
    let TestDevice { device, queue, .. } = test_device();
    let mixture = GaussianMixture::new(
        &[1.0, 2.0],
        vec![vec![2.0, -1.0, 0.5], vec![-1.5, 0.0, 1.0]],
        vec![0.04, 0.09],
    )
    .expect("a mixture");
    let network = WgslNetwork::gaussian_mixture(&mixture, PredictionType::Epsilon);
    let clipping = Clipping::DynamicThreshold {
        ratio: 0.8,
        max: 1.7,
    };
    for kind in [
        SamplerKind::Ddim,
        SamplerKind::Ddpm,
        SamplerKind::DpmSolverPlusPlus2M,
        SamplerKind::DpmSolverPlusPlus3M,
        SamplerKind::UniPc3,
        SamplerKind::Deis3,
        SamplerKind::Plms,
    ] {
        let plan = Plan::sampler(schedule(), kind)
            .steps(8)
            .clipping(clipping)
            .build()
            .expect("a plan");
        let batch = Batch::new(70).seed(4);
        let gpu = DiffusionSampler::new(device, &network, &plan).expect("a sampler");
        let run = gpu.prepare(device, queue, &batch).expect("a run");
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        gpu.encode(&mut encoder, &run, 0..plan.len());
        queue.submit([encoder.finish()]);
        let found = run.read_blocking(device, queue).expect("samples");
        let denoiser = MixtureDenoiser::new(mixture.clone(), PredictionType::Epsilon);
        let cpu = CpuSampler::custom(denoiser, &plan);
        let expected = cpu.run(&batch, no_progress).expect("a run");
        assert_near(&found, &expected.data, 1e-3, &kind.to_string());
    }
}

#[test]
fn a_sampler_made_without_the_kernel_says_so() {
    let TestDevice { device, queue, .. } = test_device();
    let plain = Plan::ddim(schedule()).steps(4).build().expect("a plan");
    let thresholding = Plan::ddim(schedule())
        .steps(4)
        .clipping(Clipping::DynamicThreshold {
            ratio: 0.9,
            max: 2.0,
        })
        .build()
        .expect("a plan");
    let network = ExternalNetwork::new(vec![4]);
    let mut sampler = DiffusionSampler::new(device, &network, &plain).expect("a sampler");
    let error = sampler.set_plan(queue, &thresholding).unwrap_err();
    assert!(matches!(error, SamplerError::DynamicThreshold), "{error}");
    let mut sampler = DiffusionSampler::new(device, &network, &thresholding).expect("a sampler");
    sampler.set_plan(queue, &plain).expect("room");
    sampler.set_plan(queue, &thresholding).expect("a kernel");
}
