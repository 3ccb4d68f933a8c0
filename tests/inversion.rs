//! Fixed-point encoding: what decoding makes of it, on exact networks and on the
//! digits, on both devices.

use std::ops::ControlFlow;
use std::time::Duration;

use ddim_wgpu::cpu::{CpuSampler, EngineError, MixtureDenoiser};
use ddim_wgpu::diffusion::{
    Clipping, EncodeConvention, FinalLevel, NoiseSchedule, Plan, PlanError, PredictionType,
    SamplerKind, SchedulerConfig,
};
use ddim_wgpu::gpu::{DiffusionSampler, SamplerOptions, WgslNetwork};
use ddim_wgpu::network::{GaussianMixture, Model};
use ddim_wgpu::no_progress;
use ddim_wgpu::noise::fill_normals;
use ddim_wgpu::{Batch, ClassChoice, FixedPoint, Inversion};

use crate::common::compute::{TestDevice, test_device};
use crate::common::goldens;

const COUNT: usize = 256;

/// Eight modes on a circle.
fn mixture() -> GaussianMixture {
    let means = (0..8).map(|k| {
        let (sin, cos) = (f64::from(k) * std::f64::consts::FRAC_PI_4).sin_cos();
        vec![cos, sin]
    });
    GaussianMixture::new(&[1.0; 8], means.collect(), vec![0.01; 8]).expect("a mixture")
}

/// Samples of the mixture.
fn points() -> Vec<f32> {
    let mut points = vec![0.0; 2 * COUNT];
    for (i, point) in points.chunks_exact_mut(2).enumerate() {
        fill_normals(1, i as u64, 0, point);
        let (sin, cos) = (i as f32 * std::f32::consts::FRAC_PI_4).sin_cos();
        (point[0], point[1]) = (cos + 0.1 * point[0], sin + 0.1 * point[1]);
    }
    points
}

fn config(prediction: PredictionType) -> SchedulerConfig {
    SchedulerConfig {
        prediction,
        ..NoiseSchedule::linear(1e-4, 0.02, 1000)
            .expect("a schedule")
            .into()
    }
}

fn decoder(prediction: PredictionType, steps: usize) -> Plan {
    Plan::ddim(config(prediction))
        .steps(steps)
        .build()
        .expect("a plan")
}

fn sampler(plan: &Plan) -> CpuSampler<'static> {
    CpuSampler::custom(MixtureDenoiser::new(mixture(), plan.prediction()), plan)
}

fn batch_of(data: Vec<f32>) -> Batch {
    Batch::new(data.len() / 2).initial(data)
}

fn mean_square(found: &[f32], expected: &[f32]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let squares = std::iter::zip(found, expected).map(|(a, b)| f64::from(a - b).powi(2));
    squares.sum::<f64>() / found.len() as f64
}

/// Mean squared error of encoding by the paper's convention and decoding.
fn paper_error(prediction: PredictionType, steps: usize) -> f64 {
    let plan = Plan::encode(config(prediction), EncodeConvention::Paper)
        .steps(steps)
        .build()
        .expect("a plan");
    let encoded = sampler(&plan)
        .run(&batch_of(points()), no_progress)
        .expect("a run");
    decoding_error(prediction, steps, encoded.data)
}

fn decoding_error(prediction: PredictionType, steps: usize, latents: Vec<f32>) -> f64 {
    let decoded = sampler(&decoder(prediction, steps)).run(&batch_of(latents), no_progress);
    mean_square(&decoded.expect("a run").data, &points())
}

fn invert(prediction: PredictionType, steps: usize, settings: &FixedPoint) -> Inversion {
    sampler(&decoder(prediction, steps))
        .invert(&batch_of(points()), settings, no_progress)
        .expect("an inversion")
}

/// Table 2 of the DDIM paper in small: a round trip by the paper's convention
/// against one by fixed point.
#[test]
fn a_fixed_point_brings_the_data_back() {
    for (steps, gain) in [(10, 2.0), (50, 100.0), (200, 100.0)] {
        let paper = paper_error(PredictionType::Epsilon, steps);
        let inversion = invert(PredictionType::Epsilon, steps, &FixedPoint::default());
        let fixed = decoding_error(PredictionType::Epsilon, steps, inversion.data);
        assert!(
            fixed * gain < paper,
            "{steps} steps: paper {paper:e}, fixed point {fixed:e}"
        );
    }
}

/// A network that predicts the data encodes as one that predicts ε: they say the same.
#[test]
fn predictions_of_the_data_encode_as_well() {
    let (sample, epsilon) = (
        paper_error(PredictionType::Sample, 50),
        paper_error(PredictionType::Epsilon, 50),
    );
    assert!(
        (sample - epsilon).abs() < 0.02 * epsilon,
        "{sample:e} {epsilon:e}"
    );
    let inversion = invert(PredictionType::Sample, 50, &FixedPoint::default());
    let fixed = decoding_error(PredictionType::Sample, 50, inversion.data);
    assert!(fixed * 100.0 < sample, "{fixed:e} {sample:e}");
}

/// The residual of a sample says whether it can be trusted: those that converged come back.
#[test]
fn what_converged_comes_back_and_the_rest_is_reported() {
    let settings = FixedPoint::default();
    let inversion = invert(PredictionType::Epsilon, 10, &settings);
    assert_eq!(inversion.residual.len(), COUNT);
    let decoded = sampler(&decoder(PredictionType::Epsilon, 10))
        .run(&batch_of(inversion.data.clone()), no_progress)
        .expect("a run");
    let points = points();
    let pairs = decoded.data.chunks_exact(2).zip(points.chunks_exact(2));
    let mut unconverged = 0;
    for ((found, expected), residual) in pairs.zip(&inversion.residual) {
        let error = mean_square(found, expected).sqrt();
        if *residual <= settings.tolerance {
            assert!(error < 1e-3, "residual {residual:e}, error {error:e}");
        } else {
            unconverged += 1;
        }
    }
    assert_eq!(inversion.unconverged(&settings), unconverged);
}

#[test]
fn more_evaluations_are_never_worse_at_a_row() {
    let worst = |evaluations| {
        let settings = FixedPoint {
            tolerance: 0.0,
            evaluations,
        };
        // One row, so that the targets are the same.
        let plan = Plan::ddim(config(PredictionType::Epsilon))
            .timesteps([500])
            .build();
        let sampler = sampler(&plan.expect("a plan"));
        sampler
            .invert(&batch_of(points()), &settings, no_progress)
            .expect("an inversion")
            .residual
    };
    let (few, more) = (worst(2), worst(12));
    for (few, more) in few.iter().zip(&more) {
        assert!(more <= few && few.is_finite(), "{more:e} {few:e}");
    }
}

#[test]
fn only_what_has_an_inverse_is_inverted() {
    let invert = |plan: &Plan, batch: &Batch| {
        sampler(plan).invert(batch, &FixedPoint::default(), no_progress)
    };
    let config = || config(PredictionType::Epsilon);
    let plans = [
        Plan::ddim(config()).eta(0.5),
        Plan::sampler(config(), SamplerKind::Heun),
        Plan::ddim(config()).clipping(Clipping::Range(1.0)),
        Plan::encode(config(), EncodeConvention::Paper),
    ];
    for plan in plans {
        let plan = plan.steps(5).build().expect("a plan");
        let error = invert(&plan, &batch_of(points())).unwrap_err();
        assert!(
            matches!(error, EngineError::Plan(PlanError::NotInvertible { .. })),
            "{error}"
        );
    }
    let plan = decoder(PredictionType::Epsilon, 5);
    assert_eq!(invert(&plan, &Batch::new(2)), Err(EngineError::NoData));
    let stopped = sampler(&plan).invert(&batch_of(points()), &FixedPoint::default(), |_| {
        ControlFlow::Break(())
    });
    assert_eq!(stopped, Err(EngineError::Cancelled));
}

#[test]
fn the_gpu_finds_the_same() {
    let TestDevice { device, queue, .. } = test_device();
    let plan = decoder(PredictionType::Epsilon, 100);
    let network = WgslNetwork::gaussian_mixture(&mixture(), PredictionType::Epsilon);
    let gpu = DiffusionSampler::new(device, &network, &plan).expect("a sampler");
    let batch = batch_of(points()[..128].to_vec());
    let settings = FixedPoint {
        tolerance: 1e-4,
        evaluations: 20,
    };
    let go_on = |_| ControlFlow::Continue(());
    let found = gpu
        .invert_blocking(device, queue, &batch, &settings, go_on)
        .expect("an inversion")
        .expect("not stopped");
    let expected = sampler(&plan)
        .invert(&batch, &settings, no_progress)
        .expect("an inversion");
    // Where the iteration has not converged the last bits decide which iterate is best.
    let mut compared = 0;
    for i in 0..64 {
        if found.residual[i].max(expected.residual[i]) <= settings.tolerance {
            let at = 2 * i..2 * i + 2;
            let error = mean_square(&found.data[at.clone()], &expected.data[at]);
            assert!(error < 1e-6, "sample {i}: {error:e}");
            compared += 1;
        }
    }
    assert!(compared > 16, "{compared} of 64");
    let stop = |_| ControlFlow::Break(());
    let stopped = gpu.invert_blocking(device, queue, &batch, &settings, stop);
    assert_eq!(stopped.expect("no error"), None);
}

#[test]
fn an_evaluation_of_many_samples_is_divided_and_can_be_stopped_within() {
    let TestDevice { device, queue, .. } = test_device();
    let model = Model::bundled("digits").expect("the model");
    let plan = Plan::ddim(model.scheduler()).steps(3);
    let plan = plan.clipping(Clipping::None).build().expect("a plan");
    let digits = digits().repeat(20);
    let batch = Batch::new(200).initial(digits).class(ClassChoice::Cyclic);
    let settings = FixedPoint {
        tolerance: 1e-4,
        evaluations: 3,
    };
    let sampler = |target| {
        let mut options = SamplerOptions::default();
        options.submission_target = target;
        DiffusionSampler::with_options(device, &model, &plan, &options).expect("a sampler")
    };
    let mut told = 0;
    let count = |_| {
        told += 1;
        ControlFlow::Continue(())
    };
    let whole = sampler(Duration::from_secs(60));
    let whole = whole.invert_blocking(device, queue, &batch, &settings, |_| {
        ControlFlow::Continue(())
    });
    let divided = sampler(Duration::from_micros(1));
    let parts = divided.invert_blocking(device, queue, &batch, &settings, count);
    assert_eq!(parts.expect("an inversion"), whole.expect("an inversion"));
    assert!(told > 3 * 3, "told {told} times: between evaluations alone");
    let mut left = 5;
    let stopped = divided.invert_blocking(device, queue, &batch, &settings, |_| {
        left -= 1;
        if left == 0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert_eq!((stopped.expect("no error"), left), (None, 0));
}

/// Ten digits that the network was not trained on, one of each class.
fn digits() -> Vec<f32> {
    (0..10)
        .flat_map(|digit| {
            let path = goldens::path(format!("digits/{digit}.png"));
            let image = image::open(path).expect("a picture").to_luma8();
            assert_eq!((image.width(), image.height()), (28, 28));
            image.into_raw()
        })
        .map(|byte| f32::from(byte) / 127.5 - 1.0)
        .collect()
}

/// The round trip of real images, which the paper's convention only approximates: the network
/// predicts the data, and its error near `ᾱ = 1` becomes noise many times as large.
#[test]
fn digits_it_has_never_seen_come_back() {
    come_back("models/digits-smooth", 50);
    // The default model draws more sharply, and takes more steps to go back.
    come_back("models/digits", 100);
}

fn come_back(model: &str, steps: u16) {
    let model = Model::load(model).expect("the model");
    let config = SchedulerConfig {
        clipping: Clipping::None,
        final_level: FinalLevel::First,
        ..model.scheduler().clone()
    };
    let digits = digits();
    let batch = |data: &[f32]| {
        Batch::new(10)
            .class(ClassChoice::Cyclic)
            .initial(data.to_vec())
    };
    let plan = Plan::ddim(&config)
        .steps(steps.into())
        .build()
        .expect("a plan");
    let sampler = CpuSampler::new(&model, &plan);
    let decoding_error = |latents: &[f32]| {
        let decoded = sampler.run(&batch(latents), no_progress).expect("a run");
        mean_square(&decoded.data, &digits)
    };
    let encode = Plan::encode(&config, EncodeConvention::Paper)
        .steps(steps.into())
        .build()
        .expect("a plan");
    let encoded = CpuSampler::new(&model, &encode).run(&batch(&digits), no_progress);
    let paper = decoding_error(&encoded.expect("a run").data);

    let settings = FixedPoint::default();
    let inversion = sampler
        .invert(&batch(&digits), &settings, no_progress)
        .expect("an inversion");
    assert_eq!(
        inversion.unconverged(&settings),
        0,
        "{:?}",
        inversion.residual
    );
    let fixed = decoding_error(&inversion.data);
    assert!(
        fixed * 1e4 < paper,
        "paper {paper:e}, fixed point {fixed:e}"
    );
    // Most rows need few evaluations.
    assert!(
        inversion.evaluations < 10 * u64::from(steps) * 8,
        "{}",
        inversion.evaluations
    );
}

/// Down to `ᾱ = 1` the last row can only say what the network says. That is reported, not hidden.
#[test]
fn what_the_network_cannot_say_is_reported() {
    let model = Model::load("models/digits").expect("the model");
    let plan = Plan::ddim(model.scheduler())
        .clipping(Clipping::None)
        .steps(10)
        .build()
        .expect("a plan");
    let settings = FixedPoint::default();
    let inversion = CpuSampler::new(&model, &plan)
        .invert(&Batch::new(10).initial(digits()), &settings, no_progress)
        .expect("an inversion");
    assert_eq!(inversion.unconverged(&settings), 10);
    assert!(inversion.data.iter().all(|value| value.is_finite()));
    for residual in &inversion.residual {
        assert!((0.01..1.0).contains(residual), "{residual}");
    }
}
