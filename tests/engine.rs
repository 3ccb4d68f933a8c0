//! The CPU engine against the twins of the kernels, and against exact answers.

use ddim_wgpu::cpu::{self, CpuSampler, MixtureDenoiser, MlpDenoiser, SampleStep};
use ddim_wgpu::diffusion::{Clipping, NoiseSchedule, Plan};
use ddim_wgpu::network::{GaussianMixture, Model};
use ddim_wgpu::no_progress;
use ddim_wgpu::{Batch, ClassChoice};
use serde_json::json;

use crate::common::random_model::RandomModel;

/// Largest distance of the engine from the twins over a few rows: they differ in the rounding of
/// sums of up to 784 products.
const BOUND: f32 = 2e-5;

/// All rows of the plan through the twins, one sample at a time.
fn with_twins(mlp: &Model, plan: &Plan, batch: &Batch) -> cpu::EngineState {
    let mut samples = CpuSampler::new(mlp, plan)
        .start(batch)
        .expect("a valid batch");
    let network = MlpDenoiser::new(mlp.mlp().expect("a residual MLP"), plan);
    let dims = mlp.dims();
    let states = samples.data.chunks_exact_mut(dims);
    for (i, (x, x0)) in states.zip(samples.x0.chunks_exact_mut(dims)).enumerate() {
        for row in 0..plan.len() {
            let at = SampleStep {
                row,
                class: batch.class_of(i, mlp.num_classes()),
                guidance: batch.guidance,
                seed: batch.seed,
                sample: batch.sample_offset + i as u64,
            };
            cpu::mlp_step(&network, plan, at, x, &mut *x0);
        }
    }
    samples
}

fn with_engine(mlp: &Model, plan: &Plan, batch: &Batch) -> cpu::EngineState {
    CpuSampler::new(mlp, plan)
        .run(batch, no_progress)
        .expect("a valid batch")
}

/// Largest difference, relative to the largest expected value.
fn distance(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let largest = expected
        .iter()
        .fold(0.0_f32, |largest, v| largest.max(v.abs()));
    assert!(
        largest.is_finite() && largest > 0.0,
        "the oracle must be finite and not zero"
    );
    let differences = std::iter::zip(found, expected).map(|(a, b)| (a - b).abs());
    // `max` would skip a NaN.
    differences.fold(
        0.0,
        |worst, d| if d > worst || d.is_nan() { d } else { worst },
    ) / largest
}

/// Every option of the format on its own and together, with odd sizes: each against the twin.
#[test]
fn equals_the_twin_for_every_shape() {
    let plain = RandomModel::default;
    let mut models = vec![];
    for activation in ["relu", "silu", "gelu", "gelu_tanh"] {
        models.push(RandomModel {
            activation,
            ..plain()
        });
    }
    for dims in [1, 3, 5, 7] {
        models.push(RandomModel {
            shape: vec![dims],
            ..plain()
        });
        models.push(RandomModel {
            shape: vec![dims],
            input_embedding: Some(4 + dims),
            ..plain()
        });
    }
    for hidden in [1, 5, 6, 17, 100] {
        models.push(RandomModel { hidden, ..plain() });
    }
    for blocks in [0, 1, 3, 4] {
        models.push(RandomModel {
            blocks,
            classes: Some(3),
            ..plain()
        });
    }
    models.push(RandomModel {
        time_hidden: None,
        ..plain()
    });
    models.push(RandomModel {
        shape: vec![1, 28, 28],
        hidden: 512,
        blocks: 1,
        classes: Some(10),
        ..plain()
    });
    models.push(RandomModel {
        shape: vec![3, 2, 2],
        hidden: 33,
        blocks: 3,
        activation: "gelu",
        time_hidden: None,
        input_embedding: Some(9),
        classes: Some(4),
        scheduler: json!({"prediction_type": "v_prediction", "clip_sample": true}),
    });
    for model in models {
        let mlp = model.build();
        let plan = Plan::ddim(mlp.scheduler())
            .steps(4)
            .eta(0.7)
            .build()
            .expect("a plan");
        let mut batch = Batch::new(21).seed(3).sample_offset(1000);
        if model.classes.is_some() {
            batch = batch.class(ClassChoice::Cyclic).guidance(1.75);
        }
        let (found, expected) = (
            with_engine(&mlp, &plan, &batch),
            with_twins(&mlp, &plan, &batch),
        );
        let (state, x0) = (
            distance(&found.data, &expected.data),
            distance(&found.x0, &expected.x0),
        );
        assert!(
            state < BOUND && x0 < BOUND,
            "{model:?}: state {state:e}, x̂₀ {x0:e}"
        );
    }
}

/// Classes and guidance that take different ways through the engine.
#[test]
fn equals_the_twin_for_every_class_choice() {
    let mlp = RandomModel {
        classes: Some(3),
        ..RandomModel::default()
    }
    .build();
    let plan = Plan::ddim(mlp.scheduler())
        .steps(5)
        .build()
        .expect("a plan");
    let listed: Vec<u32> = (0..70).map(|i| (i * i) % 3).collect();
    for class in [
        ClassChoice::None,
        ClassChoice::One(2),
        ClassChoice::Cyclic,
        ClassChoice::PerSample(listed),
    ] {
        for guidance in [1.0, 0.0, 3.0, -0.5] {
            if class == ClassChoice::None && guidance != 1.0 {
                continue;
            }
            let batch = Batch::new(70).class(class.clone()).guidance(guidance);
            let found = with_engine(&mlp, &plan, &batch).data;
            let distance = distance(&found, &with_twins(&mlp, &plan, &batch).data);
            assert!(
                distance < BOUND,
                "{class:?}, guidance {guidance}: {distance:e}"
            );
        }
    }
}

/// Every form of the update: clipping, thresholds, ε̂ re-derived.
#[test]
fn equals_the_twin_for_every_update() {
    for prediction in ["epsilon", "sample", "v_prediction"] {
        let scheduler = json!({"prediction_type": prediction});
        let mlp = RandomModel {
            shape: vec![9],
            scheduler,
            ..RandomModel::default()
        }
        .build();
        for clipping in [
            Clipping::None,
            Clipping::Range(0.75),
            Clipping::DynamicThreshold {
                ratio: 0.8,
                max: 1.5,
            },
        ] {
            for rederive in [false, true] {
                let plan = Plan::ddim(mlp.scheduler())
                    .steps(6)
                    .eta(1.0)
                    .clipping(clipping);
                let plan = plan.rederive_epsilon(rederive).build().expect("a plan");
                let batch = Batch::new(40);
                let found = with_engine(&mlp, &plan, &batch);
                let expected = with_twins(&mlp, &plan, &batch);
                let worst =
                    distance(&found.data, &expected.data).max(distance(&found.x0, &expected.x0));
                assert!(
                    worst < BOUND,
                    "{prediction}, {clipping:?}, {rederive}: {worst:e}"
                );
            }
        }
    }
}

/// DDIM(0) on a Gaussian is a scalar recursion with an exact answer:
/// `x' = √p·m + ratio·(x − √a·m)`.
#[test]
fn a_gaussian_comes_out_exactly() {
    let (mean, variance) = (0.4, 0.09);
    let schedule = NoiseSchedule::linear(1e-4, 0.02, 1000).expect("a schedule");
    let plan = Plan::ddim(&schedule).steps(20).build().expect("a plan");
    let mixture = GaussianMixture::gaussian(vec![mean; 3], variance).expect("a mixture");
    let sampler = CpuSampler::custom(MixtureDenoiser::new(mixture, plan.prediction()), &plan);
    let batch = Batch::new(50);
    let mut expected: Vec<f64> = sampler
        .start(&batch)
        .expect("a batch")
        .data
        .iter()
        .map(|&v| v.into())
        .collect();
    for step in plan.stages() {
        let (a, p) = (step.level, step.next_level);
        let spread = a.alpha_bar() * variance + a.one_minus_alpha_bar();
        for x in &mut expected {
            let offset = *x - a.sqrt_alpha_bar() * mean;
            let x0 = mean + a.sqrt_alpha_bar() * variance / spread * offset;
            let eps = a.sqrt_one_minus_alpha_bar() / spread * offset;
            *x = p.sqrt_alpha_bar() * x0 + p.sqrt_one_minus_alpha_bar() * eps;
        }
    }
    let found = sampler.run(&batch, no_progress).expect("a batch");
    for (found, expected) in found.data.iter().zip(expected) {
        assert!(
            (f64::from(*found) - expected).abs() < 5e-6,
            "{found} for {expected}"
        );
    }
}

/// The engine's fast way and the slow way of a caller's network are one sampler.
#[test]
fn the_mlp_as_a_callers_network_gives_the_same() {
    let mlp = RandomModel {
        classes: Some(3),
        ..RandomModel::default()
    }
    .build();
    let plan = Plan::ddim(mlp.scheduler())
        .steps(5)
        .eta(1.0)
        .build()
        .expect("a plan");
    let batch = Batch::new(40).class(ClassChoice::Cyclic).guidance(2.0);
    let custom = CpuSampler::custom(
        MlpDenoiser::new(mlp.mlp().expect("a residual MLP"), &plan),
        &plan,
    );
    assert_eq!(custom.num_classes(), Some(3));
    let custom = custom.run(&batch, no_progress).expect("a batch").data;
    assert!(distance(&with_engine(&mlp, &plan, &batch).data, &custom) < BOUND);
}

/// The comparison would see a weight that is off by a hundredth, and a guidance that is.
#[test]
fn a_planted_fault_is_seen() {
    let model = RandomModel {
        classes: Some(3),
        ..RandomModel::default()
    };
    let mlp = model.build();
    let plan = Plan::ddim(mlp.scheduler())
        .steps(4)
        .build()
        .expect("a plan");
    let batch = Batch::new(21).class(ClassChoice::Cyclic).guidance(1.75);
    let good = with_twins(&mlp, &plan, &batch).data;
    let mut files = model.files();
    files
        .tensors
        .get_mut("blocks.1.weight")
        .expect("a tensor")
        .1[40] += 0.01;
    let bad_weight = with_engine(&files.build(), &plan, &batch).data;
    let bad_guidance = with_engine(&mlp, &plan, &batch.guidance(1.76)).data;
    assert!(distance(&bad_weight, &good) > BOUND && distance(&bad_guidance, &good) > BOUND);
}
