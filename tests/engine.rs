//! The CPU engine against the twins of the kernels, and against itself: a sample's bits depend on nothing around it.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use ddim_wgpu::cpu::{
    self, CpuSampler, EngineError, MixtureDenoiser, MlpDenoiser, SampleStep, no_progress,
};
use ddim_wgpu::diffusion::{Clipping, NoiseSchedule, Plan};
use ddim_wgpu::model::{GaussianMixture, Mlp};
use ddim_wgpu::{Batch, BatchError, ClassChoice};
use serde_json::json;

use crate::common::random_model::RandomModel;

/// All rows of the plan through the twins, one sample at a time.
fn with_twins(mlp: &Mlp, plan: &Plan, batch: &Batch) -> cpu::Samples {
    let mut samples = CpuSampler::new(mlp, plan)
        .start(batch)
        .expect("a valid batch");
    let network = MlpDenoiser::new(mlp, plan);
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
            cpu::mlp_step(&network, plan, at, x, x0);
        }
    }
    samples
}

fn with_engine(mlp: &Mlp, plan: &Plan, batch: &Batch) -> cpu::Samples {
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
        let plan = Plan::ddim(mlp.schedule())
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
        // Four rows; the two differ in the rounding of sums of up to 784 products.
        let bound = 2e-5;
        let (state, x0) = (
            distance(&found.data, &expected.data),
            distance(&found.x0, &expected.x0),
        );
        assert!(
            state < bound && x0 < bound,
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
    let plan = Plan::ddim(mlp.schedule()).steps(5).build().expect("a plan");
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
                distance < 1e-5,
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
                let plan = Plan::ddim(mlp.schedule())
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
                    worst < 1e-5,
                    "{prediction}, {clipping:?}, {rederive}: {worst:e}"
                );
            }
        }
    }
}

/// Bits do not depend on the batch, the place in it, the width of the tile, the threads, or where the run is cut.
#[test]
fn a_sample_depends_on_nothing_around_it() {
    let model = RandomModel {
        shape: vec![5],
        input_embedding: Some(6),
        classes: Some(3),
        ..RandomModel::default()
    };
    let mlp = model.build();
    for eta in [0.0, 1.0] {
        let clipping = Clipping::DynamicThreshold {
            ratio: 0.9,
            max: 2.0,
        };
        let plan = Plan::ddim(mlp.schedule())
            .steps(6)
            .eta(eta)
            .clipping(clipping)
            .build()
            .expect("a plan");
        let sampler = CpuSampler::new(&mlp, &plan);
        let batch = |first: u64, count: usize| {
            let batch = Batch::new(count).seed(9).sample_offset(first);
            batch.class(ClassChoice::Cyclic).guidance(1.5)
        };
        let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        let run = |threads: usize, batch: &Batch| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("a pool");
            let samples = pool
                .install(|| sampler.run(batch, no_progress))
                .expect("a valid batch");
            bits(&samples.data)
        };
        let all = run(1, &batch(0, 500));
        assert_eq!(run(3, &batch(0, 500)), all, "threads");
        for (first, count) in [
            (0, 1),
            (1, 1),
            (7, 2),
            (100, 16),
            (3, 17),
            (60, 33),
            (499, 1),
            (201, 150),
        ] {
            let part = &all[first * 5..(first + count) * 5];
            for threads in [1, 5] {
                let found = run(threads, &batch(first as u64, count));
                assert_eq!(
                    found, part,
                    "samples {first} + {count} on {threads} threads, η = {eta}"
                );
            }
        }
        let whole = batch(0, 100);
        let mut samples = sampler.start(&whole).expect("a valid batch");
        for rows in [0..1, 1..1, 1..4, 4..6] {
            sampler
                .advance(&whole, rows, &mut samples, no_progress)
                .expect("valid rows");
        }
        assert_eq!(bits(&samples.data), all[..500], "cut into ranges");

        // A uniform class takes another way than the same class listed among others.
        let classes: Vec<u32> = (0..100).map(|i| if i == 50 { 1 } else { 2 }).collect();
        let mixed = Batch::new(100)
            .class(ClassChoice::PerSample(classes))
            .guidance(1.5);
        let uniform = Batch::new(100).class(ClassChoice::One(2)).guidance(1.5);
        let (mixed, uniform) = (run(1, &mixed), run(1, &uniform));
        assert_eq!(mixed[..250], uniform[..250]);
        assert_ne!(mixed[250..255], uniform[250..255]);
        assert_eq!(mixed[255..], uniform[255..]);
    }
}

/// DDIM(0) on a Gaussian is a scalar recursion with an exact answer: `x' = √p·m + ratio·(x − √a·m)`.
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
    for step in plan.steps() {
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
    let plan = Plan::ddim(mlp.schedule())
        .steps(5)
        .eta(1.0)
        .build()
        .expect("a plan");
    let batch = Batch::new(40).class(ClassChoice::Cyclic).guidance(2.0);
    let custom = CpuSampler::custom(MlpDenoiser::new(&mlp, &plan), &plan);
    assert_eq!(custom.num_classes(), Some(3));
    let custom = custom.run(&batch, no_progress).expect("a batch").data;
    assert!(distance(&with_engine(&mlp, &plan, &batch).data, &custom) < 1e-5);
}

#[test]
fn progress_is_told_and_can_stop_the_run() {
    let mlp = RandomModel::default().build();
    let plan = Plan::ddim(mlp.schedule())
        .steps(50)
        .build()
        .expect("a plan");
    let sampler = CpuSampler::new(&mlp, &plan);
    let batch = Batch::new(5_000);
    let last = AtomicU64::new(0);
    let told = |progress: cpu::Progress| {
        assert_eq!(progress.total, 250_000);
        last.fetch_max(progress.done, Ordering::Relaxed);
        ControlFlow::Continue(())
    };
    sampler.run(&batch, told).expect("a batch");
    assert_eq!(last.into_inner(), 250_000);
    let stopped = sampler.run(&batch, |_| ControlFlow::Break(()));
    assert_eq!(stopped, Err(EngineError::Cancelled));
}

#[test]
fn batches_that_do_not_fit_are_refused() {
    let plain = RandomModel::default().build();
    let plan = Plan::ddim(plain.schedule())
        .steps(2)
        .build()
        .expect("a plan");
    let classes = RandomModel {
        classes: Some(3),
        ..RandomModel::default()
    }
    .build();
    let error = |mlp: &Mlp, batch: Batch| match CpuSampler::new(mlp, &plan).run(&batch, no_progress)
    {
        Err(EngineError::Batch(error)) => error,
        other => panic!("{other:?}"),
    };
    let two = || Batch::new(2);
    assert_eq!(error(&plain, Batch::new(0)), BatchError::Empty);
    assert_eq!(
        error(&plain, two().class(ClassChoice::One(0))),
        BatchError::NoClasses
    );
    assert_eq!(
        error(&plain, two().class(ClassChoice::Cyclic)),
        BatchError::NoClasses
    );
    assert_eq!(
        error(&plain, two().guidance(2.0)),
        BatchError::GuidanceWithoutClass { guidance: 2.0 }
    );
    assert_eq!(
        error(&classes, two().class(ClassChoice::PerSample(vec![2, 3]))),
        BatchError::NoSuchClass {
            class: 3,
            num_classes: 3
        },
    );
    assert_eq!(
        error(&classes, two().class(ClassChoice::PerSample(vec![1; 3]))),
        BatchError::ClassCount { found: 3, count: 2 },
    );
    assert!(matches!(
        error(
            &classes,
            two().class(ClassChoice::One(0)).guidance(f32::NAN)
        ),
        BatchError::Guidance { .. }
    ));
    assert_eq!(
        error(&plain, two().initial(vec![0.0; 5])),
        BatchError::InitialLength {
            found: 5,
            count: 2,
            dims: 2
        },
    );
    assert_eq!(
        error(&plain, two().initial(vec![0.0, 1.0, f32::INFINITY, 0.0])),
        BatchError::InitialValue {
            index: 2,
            value: f32::INFINITY
        },
    );
    assert!(matches!(
        error(&plain, Batch::new(usize::MAX / 4)),
        BatchError::TooLarge { .. }
    ));
    assert!(matches!(
        error(&plain, two().sample_offset(u64::MAX)),
        BatchError::TooLarge { .. }
    ));
    let last =
        CpuSampler::new(&plain, &plan).run(&Batch::new(1).sample_offset(u64::MAX), no_progress);
    assert!(last.is_ok(), "the last of all samples");
    let huge = CpuSampler::new(&plain, &plan).run(&Batch::new(usize::MAX / 32), no_progress);
    assert!(
        matches!(huge, Err(EngineError::OutOfMemory { .. })),
        "{huge:?}"
    );
}

#[test]
fn rows_and_samples_that_do_not_fit_are_refused() {
    let mlp = RandomModel::default().build();
    let plan = Plan::ddim(mlp.schedule()).steps(3).build().expect("a plan");
    let sampler = CpuSampler::new(&mlp, &plan);
    let batch = Batch::new(4);
    let mut samples = sampler.start(&batch).expect("a batch");
    let beyond = sampler.advance(&batch, 1..4, &mut samples, no_progress);
    assert_eq!(
        beyond,
        Err(EngineError::Rows {
            rows: 1..4,
            available: 3
        })
    );
    let other = sampler.advance(&Batch::new(5), 0..3, &mut samples, no_progress);
    assert_eq!(
        other,
        Err(EngineError::Samples {
            found: 8,
            expected: 10
        })
    );
}

/// Noise and x_T are those of the contract: what `init_noise` writes is draw 0, and a given x_T takes its place.
#[test]
fn a_given_start_replaces_draw_zero() {
    let mlp = RandomModel::default().build();
    let plan = Plan::ddim(mlp.schedule())
        .steps(3)
        .eta(1.0)
        .build()
        .expect("a plan");
    let sampler = CpuSampler::new(&mlp, &plan);
    let batch = Batch::new(30).seed(5).sample_offset(11);
    let mut x_t = vec![0.0; 60];
    cpu::init_noise(5, 11, 0, 2, &mut x_t);
    let plain = sampler.run(&batch, no_progress).expect("a batch");
    assert_eq!(
        sampler
            .run(&batch.clone().initial(x_t), no_progress)
            .expect("a batch"),
        plain
    );
    let zeros = sampler
        .run(&batch.initial(vec![0.0; 60]), no_progress)
        .expect("a batch");
    assert_ne!(zeros, plain);
}
