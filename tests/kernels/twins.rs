//! Every kernel against its twin, one row at a time: the twin is fed the state
//! that the GPU really had.

use ddim_wgpu::cpu::{self, Denoiser, MixtureDenoiser, MlpDenoiser, SampleStep};
use ddim_wgpu::diffusion::{Plan, PredictionType};
use ddim_wgpu::gpu::{DiffusionSampler, ExternalNetwork, Kernel, SamplerOptions, WgslNetwork};
use ddim_wgpu::network::{GaussianMixture, Model};
use ddim_wgpu::{Batch, ClassChoice, Inpaint};

use super::{bits, model, plan, scheduler, submit};
use crate::common::compute::{TestDevice, test_device};
use crate::common::random_model::RandomModel;

/// Straddles 2³², so that both halves of the sample index count.
const OFFSET: u64 = (1 << 32) - 40;
const SEED: u64 = 0x1234_5678_9ABC_DEF0;
const COUNTS: [usize; 5] = [1, 63, 64, 65, 1000];

#[test]
fn init_noise_is_its_twin_bit_for_bit() {
    let TestDevice {
        device,
        queue,
        info,
    } = test_device();
    for dims in [1, 2, 3, 4, 5, 8, 17] {
        let plan = plan(&scheduler(), 1, 0.0);
        let network = WgslNetwork::new(
            vec![dims],
            "fn predict(x: Sample, at: Evaluation) -> Sample { return x; }",
        );
        let sampler = DiffusionSampler::new(device, &network, &plan).expect("a sampler");
        for count in [1, 63, 64, 65, 1000, 65_537] {
            let batch = Batch::new(count).seed(SEED).sample_offset(OFFSET);
            let run = sampler.prepare(device, queue, &batch).expect("a run");
            submit(&sampler, &run, 0..0);
            let found = run.read_blocking(device, queue).expect("a state");
            let mut expected = vec![f32::NAN; count * dims];
            cpu::init_noise(SEED, OFFSET, 0, dims, &mut expected);
            assert_eq!(
                bits(&found),
                bits(&expected),
                "{count} × {dims} on {}",
                info.name
            );
        }
    }
}

/// What the largest absolute difference may be, relative to the largest value and to what the row
/// multiplies the network's output by: 1/√ᾱ is 157 at the noisy end, before x̂₀ is clipped. A row
/// of f32 arithmetic on values that f32 rounds to 6e-8 each: sums of a hundred products, and an
/// exponential that drivers may get wrong by some units in the last place.
const TOLERANCE: f32 = 3e-6;

/// Runs a plan row by row, and the twin on what the GPU had before each row.
fn follow(
    sampler: &DiffusionSampler,
    plan: &Plan,
    batch: &Batch,
    num_classes: Option<usize>,
    what: &str,
    twin: impl Fn(SampleStep, &mut [f32], &mut [f32]),
) {
    let TestDevice {
        device,
        queue,
        info,
    } = test_device();
    let run = sampler.prepare(device, queue, batch).expect("a run");
    submit(sampler, &run, 0..0);
    let mut before = run.read_blocking(device, queue).expect("a state");
    let dims = before.len() / batch.count;
    let mut history = vec![f32::NAN; before.len()];
    for row in 0..plan.len() {
        if row == 0 {
            queue.write_buffer(run.x0(), 0, bytemuck::cast_slice(&history));
        }
        submit(sampler, &run, row..row + 1);
        let after = run.read_blocking(device, queue).expect("a state");
        let x0 = run.read_x0_blocking(device, queue).expect("x̂₀");
        for (i, x) in before.chunks_exact_mut(dims).enumerate() {
            let at = SampleStep {
                row,
                class: batch.class_of(i, num_classes),
                guidance: batch.guidance,
                seed: batch.seed,
                sample: batch.sample_offset + i as u64,
            };
            twin(at, x, &mut history[i * dims..][..dims]);
        }
        let gain = plan.stages()[row].x0_from_out.abs().max(1.0) as f32;
        for (found, expected, name) in [(&after, &before, "state"), (&x0, &history, "x̂₀")] {
            let scale = expected
                .iter()
                .fold(1.0_f32, |largest, v| largest.max(v.abs()));
            for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
                assert!(
                    (found - expected).abs() <= TOLERANCE * scale * gain,
                    "{what}, row {row}, {name}[{i}]: {found} on {}, but {expected} by its twin (of at most {scale})",
                    info.name
                );
            }
        }
        before = after;
        history = x0;
    }
}

fn follow_mlp(kernel: Kernel, name: &str, counts: &[usize], eta: f64) {
    let mlp = model(name);
    let plan = Plan::ddim(mlp.scheduler())
        .steps(3)
        .eta(eta)
        .build()
        .expect("a plan");
    let twin = MlpDenoiser::new(mlp.mlp().expect("a residual MLP"), &plan);
    let mut options = SamplerOptions::default();
    options.mlp_kernel = Some(kernel);
    let sampler = DiffusionSampler::with_options(&test_device().device, &mlp, &plan, &options)
        .expect("a sampler");
    for &count in counts {
        let mut batch = Batch::new(count).seed(SEED).sample_offset(OFFSET);
        if mlp.num_classes().is_some() {
            batch = batch
                .class(ClassChoice::Cyclic)
                .guidance(if count % 2 == 0 { 1.0 } else { 2.5 });
        }
        let what = format!("{} on {name}, {count} samples", kernel.name());
        follow(
            &sampler,
            &plan,
            &batch,
            mlp.num_classes(),
            &what,
            |at, x, x0| {
                cpu::mlp_step(&twin, &plan, at, x, x0);
            },
        );
    }
}

#[test]
fn mlp_step_is_its_twin() {
    follow_mlp(Kernel::MlpStep, "points", &COUNTS, 0.7);
    follow_mlp(Kernel::MlpStep, "images", &[1, 65], 1.0);
}

/// A sampler of one step, by `mlp_step`.
fn one_step(mlp: &Model) -> (Plan, DiffusionSampler) {
    let plan = Plan::ddim(mlp.scheduler())
        .steps(1)
        .build()
        .expect("a plan");
    let mut options = SamplerOptions::default();
    options.mlp_kernel = Some(Kernel::MlpStep);
    let sampler = DiffusionSampler::with_options(&test_device().device, mlp, &plan, &options);
    (plan, sampler.expect("a sampler"))
}

/// The optimiser of Microsoft's FXC picked the wrong frequency for sizes such as 12, 20, 28
/// and 100, and for no others.
#[test]
fn mlp_step_embeds_inputs_in_any_number_of_sinusoids() {
    for size in (4..=100).step_by(2) {
        let network = RandomModel {
            hidden: 16,
            blocks: 1,
            input_embedding: Some(size),
            ..RandomModel::default()
        };
        let mlp = network.build();
        let (plan, sampler) = one_step(&mlp);
        let twin = MlpDenoiser::new(mlp.mlp().expect("a residual MLP"), &plan);
        let batch = Batch::new(65).seed(SEED);
        let what = format!("inputs in {size} sinusoids");
        follow(&sampler, &plan, &batch, None, &what, |at, x, x0| {
            cpu::mlp_step(&twin, &plan, at, x, x0);
        });
    }
}

/// Invocations own fewer rows of wider layers, down to one, whose passes of guidance take turns; and narrow output
/// layers are divided among several of them.
#[test]
fn mlp_step_divides_layers_of_any_width() {
    for (hidden, dims) in [(512, 3), (640, 70), (1040, 2), (2064, 5)] {
        let network = RandomModel {
            shape: vec![dims],
            hidden,
            blocks: 1,
            classes: Some(2),
            ..RandomModel::default()
        };
        let mlp = network.build();
        let (plan, sampler) = one_step(&mlp);
        let twin = MlpDenoiser::new(mlp.mlp().expect("a residual MLP"), &plan);
        for guidance in [1.0, 2.5] {
            let batch = Batch::new(11).seed(SEED).class(ClassChoice::Cyclic);
            let batch = batch.guidance(guidance);
            let what = format!("{hidden} wide, {dims} values, guidance {guidance}");
            follow(&sampler, &plan, &batch, Some(2), &what, |at, x, x0| {
                cpu::mlp_step(&twin, &plan, at, x, x0);
            });
        }
    }
}

#[test]
fn mlp_step_split_is_its_twin() {
    follow_mlp(Kernel::MlpStepSplit, "points", &COUNTS, 0.7);
    follow_mlp(Kernel::MlpStepSplit, "images", &[1, 65], 1.0);
}

#[test]
fn mlp_step_serial_is_its_twin() {
    follow_mlp(Kernel::MlpStepSerial, "points", &COUNTS, 0.7);
    follow_mlp(Kernel::MlpStepSerial, "images", &[1, 65], 1.0);
}

#[test]
fn predict_step_is_its_twin() {
    let mixture = GaussianMixture::new(
        &[0.2, 0.5, 0.3],
        vec![
            vec![1.0, -2.0, 0.5],
            vec![-1.0, 0.3, 0.0],
            vec![0.0, 1.0, -1.0],
        ],
        vec![0.01, 0.2, 1.0],
    )
    .expect("a mixture");
    for prediction in [
        PredictionType::Epsilon,
        PredictionType::Sample,
        PredictionType::VPrediction,
    ] {
        let mut config = scheduler();
        config.prediction = prediction;
        let plan = plan(&config, 4, 0.6);
        let network = WgslNetwork::gaussian_mixture(&mixture, prediction);
        let sampler =
            DiffusionSampler::new(&test_device().device, &network, &plan).expect("a sampler");
        let twin = MixtureDenoiser::new(mixture.clone(), prediction);
        for count in COUNTS {
            let batch = Batch::new(count).seed(SEED).sample_offset(OFFSET);
            let what = format!("predict_step for {prediction}, {count} samples");
            follow(
                &sampler,
                &plan,
                &batch,
                twin.num_classes(),
                &what,
                |at, x, x0| {
                    cpu::predict_step(&twin, &plan, at, x, x0);
                },
            );
        }
    }
}

/// Behind an update that leaves the state as it is, at the lengths and offsets of the others.
#[test]
fn mask_step_is_its_twin() {
    let TestDevice {
        device,
        queue,
        info,
    } = test_device();
    let plan = plan(&scheduler(), 3, 0.0);
    for dims in [1, 2, 3, 4, 5, 16] {
        let network = ExternalNetwork::new(vec![dims]);
        let sampler = DiffusionSampler::new(device, &network, &plan).expect("a sampler");
        for count in COUNTS {
            let mut values = [1, 2, 3].map(|seed| {
                let mut values = vec![0.0; count * dims];
                cpu::init_noise(seed, 0, 0, dims, &mut values);
                values
            });
            // A third kept, a third made, the rest shared.
            for (i, m) in values[2].iter_mut().enumerate() {
                *m = [0.0, 1.0, m.abs().fract()][i % 3];
            }
            let [x, data, mask] = values;
            let batch = Batch::new(count)
                .seed(SEED)
                .sample_offset(OFFSET)
                .initial(x.clone())
                .inpaint(Inpaint::new(data.clone(), mask.clone()));
            let run = sampler.prepare(device, queue, &batch).expect("a run");
            for rows in [0, 2, 3] {
                let mut encoder =
                    device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
                let before = if rows == 0 {
                    x.clone()
                } else {
                    // x̂₀ and ε̂ of these rows give the state that the mask is laid over.
                    queue.write_buffer(run.state(), 0, bytemuck::cast_slice(&x));
                    let mut next = x.clone();
                    let out = vec![0.0; count * dims];
                    queue.write_buffer(run.out().expect("a buffer"), 0, bytemuck::cast_slice(&out));
                    let step = cpu::RoundedStep::new(&plan, rows - 1);
                    let mut x0 = out.clone();
                    let at = SampleStep {
                        row: rows - 1,
                        class: None,
                        guidance: 1.0,
                        seed: SEED,
                        sample: 0,
                    };
                    cpu::update_step(&step, at, &mut next, &out, &mut x0);
                    next
                };
                let range = if rows == 0 { 0..0 } else { rows - 1..rows };
                sampler.encode_external(&mut encoder, &run, range, |_, _, _| {});
                queue.submit([encoder.finish()]);
                let found = run.read_blocking(device, queue).expect("a state");
                let forward = plan.known(rows);
                let scales = [forward.x0_scale as f32, forward.noise_scale as f32];
                let mut expected = before;
                for (i, x) in expected.chunks_exact_mut(dims).enumerate() {
                    let own = i * dims..(i + 1) * dims;
                    let noise = (SEED, OFFSET + i as u64);
                    cpu::mask_step(scales, noise, &data[own.clone()], &mask[own], x);
                }
                for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
                    assert!(
                        (found - expected).abs() <= 2e-6 * expected.abs().max(1.0),
                        "{count} × {dims}, after {rows} rows, value {i}: {found} on {}, not {expected}",
                        info.name
                    );
                    if rows == 3 && mask[i] == 0.0 {
                        assert_eq!(found.to_bits(), data[i].to_bits(), "kept value {i}");
                    }
                }
            }
        }
    }
}

/// One dispatch over as many samples as a batch may well have, with noise,
/// clipping and re-derived ε.
#[test]
fn update_step_is_its_twin_at_every_length() {
    let TestDevice {
        device,
        queue,
        info,
    } = test_device();
    let mut config = scheduler();
    config.clipping = ddim_wgpu::diffusion::Clipping::Range(1.0);
    let plan = Plan::ddim(&config)
        .steps(4)
        .eta(0.5)
        .rederive_epsilon(true)
        .build()
        .expect("a plan");
    for dims in [1, 2, 3, 4, 5, 16] {
        let network = ExternalNetwork::new(vec![dims]);
        let sampler = DiffusionSampler::new(device, &network, &plan).expect("a sampler");
        for count in [1, 63, 64, 65, 1000, 65_537] {
            let mut x: Vec<f32> = vec![0.0; count * dims];
            cpu::init_noise(7, 0, 0, dims, &mut x);
            let mut out = vec![0.0; count * dims];
            cpu::init_noise(8, 0, 0, dims, &mut out);
            let batch = Batch::new(count)
                .seed(SEED)
                .sample_offset(OFFSET)
                .initial(x.clone());
            let run = sampler.prepare(device, queue, &batch).expect("a run");
            let mut encoder =
                device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            queue.write_buffer(run.out().expect("a buffer"), 0, bytemuck::cast_slice(&out));
            sampler.encode_external(&mut encoder, &run, 0..1, |_, _, _| {});
            queue.submit([encoder.finish()]);
            let found = run.read_blocking(device, queue).expect("a state");
            let mut x0 = vec![f32::NAN; dims];
            for (i, (x, out)) in x
                .chunks_exact_mut(dims)
                .zip(out.chunks_exact(dims))
                .enumerate()
            {
                let at = SampleStep {
                    row: 0,
                    class: None,
                    guidance: 1.0,
                    seed: SEED,
                    sample: OFFSET + i as u64,
                };
                cpu::update_step(&cpu::RoundedStep::new(&plan, 0), at, x, out, &mut x0);
            }
            let worst = found
                .iter()
                .zip(&x)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f32::max);
            // Some sums of at most four terms of magnitude 10: a few units in the last place.
            assert!(worst <= 4e-6, "{count} × {dims} on {}: {worst}", info.name);
            assert!(found.iter().all(|value| value.is_finite()));
        }
    }
}
