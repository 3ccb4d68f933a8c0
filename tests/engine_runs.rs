//! What a run of the CPU engine promises: a sample's bits depend on nothing
//! around it; progress; refusals.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use ddim_wgpu::cpu::{self, CpuSampler, EngineError};
use ddim_wgpu::diffusion::{Clipping, Plan};
use ddim_wgpu::network::Model;
use ddim_wgpu::no_progress;
use ddim_wgpu::{Batch, BatchError, ClassChoice};

use crate::common::random_model::RandomModel;

/// Bits do not depend on the batch, the place in it, the width of the tile, the threads,
/// or where the run is cut.
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
        let plan = Plan::ddim(mlp.scheduler())
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

#[test]
fn progress_is_told_and_can_stop_the_run() {
    let mlp = RandomModel::default().build();
    let plan = Plan::ddim(mlp.scheduler())
        .steps(50)
        .build()
        .expect("a plan");
    let sampler = CpuSampler::new(&mlp, &plan);
    let batch = Batch::new(5_000);
    let last = AtomicU64::new(0);
    let told = |progress: ddim_wgpu::Progress| {
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
    let plan = Plan::ddim(plain.scheduler())
        .steps(2)
        .build()
        .expect("a plan");
    let classes = RandomModel {
        classes: Some(3),
        ..RandomModel::default()
    }
    .build();
    let error =
        |mlp: &Model, batch: Batch| match CpuSampler::new(mlp, &plan).run(&batch, no_progress) {
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
    let plan = Plan::ddim(mlp.scheduler())
        .steps(3)
        .build()
        .expect("a plan");
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

/// Noise and x_T are those of the contract: what `init_noise` writes is draw 0, and a
/// given x_T takes its place.
#[test]
fn a_given_start_replaces_draw_zero() {
    let mlp = RandomModel::default().build();
    let plan = Plan::ddim(mlp.scheduler())
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
