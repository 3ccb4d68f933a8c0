//! Image-to-image and inpainting: against diffusers' loops, where there is an exact answer, and
//! what every device must agree on.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use ddim_wgpu::cpu::{self, CpuSampler, MixtureDenoiser};
use ddim_wgpu::diffusion::{
    FinalLevel, NoiseLevel, NoiseSchedule, Plan, PredictionType, SamplerKind, SchedulerConfig,
    StageCoefficients,
};
use ddim_wgpu::gpu::{DiffusionSampler, SamplerError, SamplerOptions, WgslNetwork};
use ddim_wgpu::network::{GaussianMixture, Model};
use ddim_wgpu::no_progress;
use ddim_wgpu::noise::fill_normals;
use ddim_wgpu::{Batch, BatchError, ClassChoice, Inpaint};
use serde::Deserialize;

use crate::common::assert_refused;
use crate::common::backends::{BACKENDS, SEED, Sample};
use crate::common::compute::{TestDevice, test_device};
use crate::common::golden_models::GoldenModel;
use crate::common::goldens::{self, Arrays};
use crate::common::training_levels;

#[derive(Deserialize)]
struct Case {
    model: String,
    steps: usize,
    skip: usize,
    timesteps: Vec<usize>,
    masked: bool,
    class: Option<u32>,
    guidance: f32,
}

fn load(name: &str) -> Model {
    GoldenModel::read(name)
        .files
        .load()
        .expect("a golden model")
}

/// Every way to sample with an MLP makes of data, a partial run and a mask what
/// diffusers makes of them.
#[test]
fn diffusers_edits_alike() {
    let arrays = Arrays::read("editing/states.safetensors");
    let cases: Vec<Case> = goldens::json("editing/cases.json");
    assert!(cases.iter().any(|case| case.masked) && cases.iter().any(|case| !case.masked));
    let models: BTreeSet<&str> = cases.iter().map(|case| case.model.as_str()).collect();
    for name in models {
        let mlp = load(name);
        for backend in BACKENDS {
            let mut sample = (backend.open)(&mlp);
            for (i, case) in cases.iter().enumerate() {
                if case.model == name {
                    check(i, case, &arrays, &mlp, backend.name, &mut sample);
                }
            }
        }
    }
}

fn check(
    i: usize,
    case: &Case,
    arrays: &Arrays,
    mlp: &Model,
    backend: &str,
    sample: &mut Sample<'_>,
) {
    let plan = Plan::ddim(mlp.scheduler())
        .steps(case.steps)
        .skip(case.skip)
        .build()
        .expect("a plan");
    let timesteps = training_levels(&plan);
    assert_eq!(timesteps, case.timesteps, "{}", case.model);
    let data = arrays.get(&format!("{i}.data")).to_f32();
    let mut batch = Batch::new(data.len() / mlp.dims())
        .seed(SEED)
        .class(case.class.map_or(ClassChoice::None, ClassChoice::One))
        .guidance(case.guidance);
    if !case.masked || case.skip > 0 {
        batch = batch.noised(&data, plan.known(0));
    }
    if case.masked {
        let mask = arrays.get(&format!("{i}.mask")).to_f32();
        batch = batch.inpaint(Inpaint::new(data.clone(), mask));
    }
    let found = sample(&plan, &batch);
    if let Some(known) = &batch.inpaint {
        for (element, mask) in known.mask.iter().enumerate() {
            if *mask == 0.0 {
                assert_eq!(found[element], data[element], "{backend}");
            }
        }
    }
    let expected = arrays.get(&format!("{i}.x")).values;
    let limit = 1e-4 * goldens::largest(&expected);
    let found: Vec<f64> = found.into_iter().map(f64::from).collect();
    let what = format!("case {i}, {} on {backend}", case.model);
    goldens::compare(what, &found, &expected, |_| limit).unwrap_or_else(|error| panic!("{error}"));
}

fn schedule() -> NoiseSchedule {
    NoiseSchedule::linear(1e-4, 0.02, 1000).expect("a schedule")
}

/// One component with spherical variance: the values of a sample are independent of each other.
fn independent() -> GaussianMixture {
    GaussianMixture::new(&[1.0], vec![vec![0.3, -0.4, 0.1]], vec![0.25]).expect("a mixture")
}

/// Two far corners: whoever knows one value knows all.
fn corners() -> GaussianMixture {
    let corner = |sign: f64| vec![sign, sign, sign];
    GaussianMixture::new(
        &[0.5, 0.5],
        vec![corner(1.0), corner(-1.0)],
        vec![0.01, 0.01],
    )
    .expect("a mixture")
}

fn on_cpu(mixture: &GaussianMixture, plan: &Plan, batch: &Batch) -> Vec<f32> {
    let denoiser = MixtureDenoiser::new(mixture.clone(), plan.prediction());
    let sampler = CpuSampler::custom(denoiser, plan);
    sampler.run(batch, no_progress).expect("a run").data
}

fn on_gpu(mixture: &GaussianMixture, plan: &Plan, batch: &Batch, part: usize) -> Vec<f32> {
    let TestDevice { device, queue, .. } = test_device();
    let network = WgslNetwork::gaussian_mixture(mixture, plan.prediction());
    let mut options = SamplerOptions::default();
    options.shard_samples = NonZeroUsize::new(part);
    let sampler =
        DiffusionSampler::with_options(device, &network, plan, &options).expect("a sampler");
    let run = sampler.prepare(device, queue, batch).expect("a run");
    for rows in [0..1, 1..plan.len()] {
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        sampler.encode(&mut encoder, &run, rows);
        queue.submit([encoder.finish()]);
    }
    run.read_blocking(device, queue).expect("samples")
}

/// Keeps value 1 of 3 of every sample.
fn keep_the_middle(count: usize, value: impl Fn(usize) -> f32) -> Inpaint {
    let data = (0..count).flat_map(|i| [9.0, value(i), -9.0]).collect();
    Inpaint::new(data, [1.0, 0.0, 1.0].repeat(count))
}

fn plan_of(kind: SamplerKind, steps: usize) -> Plan {
    Plan::sampler(schedule(), kind)
        .steps(steps)
        .build()
        .expect("a plan")
}

const KINDS: [SamplerKind; 4] = [
    SamplerKind::Ddim,
    SamplerKind::Ddpm,
    SamplerKind::Heun,
    SamplerKind::DpmSolverPlusPlus2M,
];

/// Where values are independent, what is kept does not matter to what is made: the exact
/// answer is plain sampling.
#[test]
fn independent_values_are_made_as_without_a_mask() {
    for kind in KINDS {
        let plan = plan_of(kind, 12);
        let plain = Batch::new(40).seed(5).sample_offset(7);
        let masked = plain
            .clone()
            .inpaint(keep_the_middle(40, |i| i as f32 / 40.0));
        let expected = on_cpu(&independent(), &plan, &plain);
        let cpu = on_cpu(&independent(), &plan, &masked);
        let gpu = on_gpu(&independent(), &plan, &masked, 0);
        for (found, tolerance) in [(cpu, 1e-5), (gpu, 1e-4)] {
            let samples = found.chunks_exact(3).zip(expected.chunks_exact(3));
            for (i, (found, expected)) in samples.enumerate() {
                assert_eq!(found[1], i as f32 / 40.0, "{kind}");
                for element in [0, 2] {
                    let error = (found[element] - expected[element]).abs();
                    assert!(
                        error < tolerance,
                        "{kind}, sample {i}: {found:?} {expected:?}"
                    );
                }
            }
        }
    }
}

/// What is made fits what is kept, whatever is under the mask; and both devices agree.
#[test]
fn what_is_made_follows_what_is_kept() {
    for kind in KINDS {
        let plan = plan_of(kind, 30);
        let sign = |i: usize| if i.is_multiple_of(3) { 1.0 } else { -1.0 };
        // Of three values one is made. Were one kept, seven in ten would fit: it is noisy until
        // late, and two votes to one.
        let data = (0..60).flat_map(|i| [sign(i), 9.0, sign(i)]).collect();
        let known = Inpaint::new(data, [0.0, 1.0, 0.0].repeat(60));
        let batch = Batch::new(60).seed(2).inpaint(known);
        let cpu = on_cpu(&corners(), &plan, &batch);
        let mut right = 0;
        for (i, sample) in cpu.chunks_exact(3).enumerate() {
            let close = |value: &f32| (value - sign(i)).abs() < 0.5;
            right += usize::from(sample.iter().all(close));
        }
        // 97 of 100 in the limit of many samples.
        assert!(right >= 54, "{kind}: {right} of 60");
        let gpu = on_gpu(&corners(), &plan, &batch, 23);
        let far = std::iter::zip(&cpu, &gpu).filter(|(a, b)| (*a - *b).abs() > 1e-3);
        // A sample between the corners may fall to either.
        assert!(far.count() <= 3, "{kind}");
    }
}

/// The kept part is one way from noise to the data: at every level the data noised by draw 0,
/// whatever noise the rows add.
#[test]
fn along_the_way_the_kept_part_is_the_noised_data() {
    let plan = plan_of(SamplerKind::Ddpm, 9);
    let batch = Batch::new(4)
        .seed(11)
        .sample_offset(100)
        .inpaint(keep_the_middle(4, |_| 0.7));
    let denoiser = MixtureDenoiser::new(corners(), PredictionType::Epsilon);
    let sampler = CpuSampler::custom(denoiser, &plan);
    let mut samples = sampler.start(&batch).expect("a start");
    for row in 0..=plan.len() {
        let level = match row {
            0 => plan.stages()[0].level,
            row => plan.stages()[row - 1].next_level,
        };
        for (i, x) in samples.data.chunks_exact(3).enumerate() {
            let mut z = [0.0; 3];
            fill_normals(11, 100 + i as u64, 0, &mut z);
            let expected =
                level.sqrt_alpha_bar() * 0.7 + level.sqrt_one_minus_alpha_bar() * f64::from(z[1]);
            assert!((f64::from(x[1]) - expected).abs() < 1e-6, "row {row}");
        }
        if row < plan.len() {
            sampler
                .advance(&batch, row..row + 1, &mut samples, no_progress)
                .expect("a row");
        }
    }
}

/// Also where the last step goes to the first training level, whose noise the rest keeps.
#[test]
fn kept_data_come_back_bit_for_bit() {
    let config = SchedulerConfig {
        final_level: FinalLevel::First,
        ..schedule().into()
    };
    let plan = Plan::ddim(config).steps(7).build().expect("a plan");
    assert!(plan.stages()[6].next_level < NoiseLevel::CLEAN);
    let batch = Batch::new(9).inpaint(keep_the_middle(9, |i| 0.1 * i as f32));
    for found in [
        on_cpu(&corners(), &plan, &batch),
        on_gpu(&corners(), &plan, &batch, 4),
    ] {
        for (i, sample) in found.chunks_exact(3).enumerate() {
            assert_eq!(sample[1].to_bits(), (0.1 * i as f32).to_bits());
        }
    }
}

/// For Gaussian data each row of DDIM multiplies what the state is off from the mean by a known
/// number; so what comes of data noised by draw 0 is known exactly.
#[test]
fn image_to_image_starts_where_diffusion_would_be() {
    let plan = Plan::ddim(schedule())
        .steps(200)
        .skip(80)
        .build()
        .expect("a plan");
    let level = plan.stages()[0].level;
    assert_eq!(plan.stages()[0].timestep, 595.0);
    let data: Vec<f32> = (0..300).map(|i| (i as f32 * 0.7).sin()).collect();
    let batch = Batch::new(100)
        .seed(3)
        .sample_offset(50)
        .noised(&data, plan.known(0));
    let found = on_cpu(&independent(), &plan, &batch);
    let (mean, variance) = ([0.3, -0.4, 0.1], 0.25_f64);
    let factor = |step: &StageCoefficients| {
        let (a, p) = (step.level, step.next_level);
        let signal = a.sqrt_alpha_bar() * p.sqrt_alpha_bar() * variance;
        let noise = a.sqrt_one_minus_alpha_bar() * p.sqrt_one_minus_alpha_bar();
        (signal + noise) / (a.alpha_bar() * variance + a.one_minus_alpha_bar())
    };
    let factor: f64 = plan.stages().iter().map(factor).product();
    for (i, sample) in found.chunks_exact(3).enumerate() {
        let mut z = [0.0; 3];
        fill_normals(3, 50 + i as u64, 0, &mut z);
        for element in 0..3 {
            let x0 = f64::from(data[3 * i + element]);
            let start = level.sqrt_alpha_bar() * x0
                + level.sqrt_one_minus_alpha_bar() * f64::from(z[element]);
            let there = start - level.sqrt_alpha_bar() * mean[element];
            let error = (f64::from(sample[element]) - mean[element] - there * factor).abs();
            assert!(error < 1e-5, "sample {i}: {error}");
        }
    }
}

/// Where a dispatch takes several rows, a mask still comes after each; a run without one
/// is none the slower for it.
#[test]
fn several_rows_a_dispatch_give_way_to_a_mask() {
    let TestDevice { device, queue, .. } = test_device();
    let mlp = load("points");
    let plan = Plan::ddim(mlp.scheduler())
        .steps(8)
        .build()
        .expect("a plan");
    let known = Inpaint::new([0.5, 0.0].repeat(33), [0.0, 1.0].repeat(33));
    for batch in [Batch::new(33), Batch::new(33).inpaint(known)] {
        let samples = [1, 4].map(|rows| {
            let mut options = SamplerOptions::default();
            options.rows_per_dispatch = NonZeroUsize::new(rows);
            let sampler =
                DiffusionSampler::with_options(device, &mlp, &plan, &options).expect("a sampler");
            let run = sampler.prepare(device, queue, &batch).expect("a run");
            let mut encoder =
                device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            sampler.encode(&mut encoder, &run, 0..plan.len());
            queue.submit([encoder.finish()]);
            run.read_blocking(device, queue).expect("samples")
        });
        for (one, several) in std::iter::zip(&samples[0], &samples[1]) {
            assert!((one - several).abs() < 1e-4, "{one} {several}");
        }
        if batch.inpaint.is_some() {
            assert!(samples[1].iter().step_by(2).all(|&value| value == 0.5));
        }
    }
}

#[test]
fn a_run_can_be_given_other_data_to_keep() {
    let TestDevice { device, queue, .. } = test_device();
    let plan = plan_of(SamplerKind::Ddim, 4);
    let network = WgslNetwork::gaussian_mixture(&corners(), PredictionType::Epsilon);
    let sampler = DiffusionSampler::new(device, &network, &plan).expect("a sampler");
    let first = Batch::new(5).inpaint(keep_the_middle(5, |_| 0.5));
    let other = Batch::new(5).seed(9).inpaint(keep_the_middle(5, |_| -0.5));
    let mut run = sampler.prepare(device, queue, &first).expect("a run");
    run.set_batch(queue, &other)
        .expect("the same kind of batch");
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    sampler.encode(&mut encoder, &run, 0..plan.len());
    queue.submit([encoder.finish()]);
    let found = run.read_blocking(device, queue).expect("samples");
    assert_eq!(found, on_gpu(&corners(), &plan, &other, 0));
    let error = run.set_batch(queue, &Batch::new(5)).unwrap_err();
    assert!(matches!(error, SamplerError::BatchShape { .. }), "{error}");
}

#[test]
fn what_cannot_be_kept_is_refused() {
    let plan = plan_of(SamplerKind::Ddim, 3);
    let sampler = CpuSampler::custom(
        MixtureDenoiser::new(corners(), PredictionType::Epsilon),
        &plan,
    );
    let refusal = |data: Vec<f32>, mask: Vec<f32>| {
        let batch = Batch::new(1).inpaint(Inpaint::new(data, mask));
        batch.validate(sampler.dims(), None).unwrap_err()
    };
    assert_refused!(
        refusal(vec![0.0; 2], vec![0.0; 3]),
        BatchError::InpaintLength {
            what: "data to keep",
            ..
        }
    );
    assert_refused!(
        refusal(vec![0.0; 3], vec![0.0; 4]),
        BatchError::InpaintLength { what: "mask", .. }
    );
    assert_refused!(
        refusal(vec![0.0, f32::NAN, 0.0], vec![0.0; 3]),
        BatchError::InpaintValue { index: 1, .. }
    );
    for bad in [-0.1, 1.1, f32::NAN] {
        assert_refused!(
            refusal(vec![0.0; 3], vec![0.0, 1.0, bad]),
            BatchError::MaskValue { index: 2, .. }
        );
    }
    let both = Batch::new(1)
        .initial(vec![0.0; 3])
        .inpaint(keep_the_middle(1, |_| 0.0));
    let error = sampler
        .invert(&both, &ddim_wgpu::FixedPoint::default(), no_progress)
        .unwrap_err();
    assert_refused!(
        error,
        cpu::EngineError::Batch(BatchError::InpaintWhileEncoding)
    );
}
