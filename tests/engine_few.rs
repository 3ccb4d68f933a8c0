//! Batches of a few samples on the CPU engine, which go another way than tiles: the same bits, and
//! nothing allocated by a call that is repeated.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

use ddim_wgpu::batch::{Batch, Inpaint};
use ddim_wgpu::cpu::{CpuRunner, CpuSampler, Denoiser, EngineError};
use ddim_wgpu::diffusion::{Clipping, Plan, SamplerKind, StageCoefficients};
use ddim_wgpu::network::Model;
use ddim_wgpu::session::{Runner, SessionError};
use ddim_wgpu::{Backend, ClassChoice, Progress, Session, no_progress};

use crate::common::allocations::allocations;
use crate::common::goldens::path;
use crate::networks::Case;

/// Samples that are surely a tile, on one thread.
const MANY: usize = 70;

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// `values` again and again, `[count, width]`.
fn repeated(values: &[f32], count: usize, width: usize) -> Vec<f32> {
    values.iter().copied().cycle().take(count * width).collect()
}

/// A batch of a fixture's network with noise of its own, conditioned on the fixture's vectors.
fn batch_of(case: &Case) -> Batch {
    let mut batch = Batch::new(MANY).seed(11);
    if case.model.num_classes().is_some() {
        batch = batch.class(ClassChoice::Cyclic);
    }
    for (input, (name, values)) in case.model.inputs().iter().zip(case.conditions()) {
        batch = batch.condition(name, repeated(&values, MANY, input.width));
    }
    batch
}

/// The samples of a batch, with vectors over samples.
fn as_tiles(sampler: &CpuSampler<'_>, batch: &Batch) -> Vec<f32> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let run = || sampler.run(batch, no_progress).expect("a batch");
    pool.expect("a pool of one thread").install(run).data
}

fn assert_same_in_parts(what: &str, sampler: &CpuSampler<'_>, whole: &Batch) {
    let all = as_tiles(sampler, whole);
    assert!(all.iter().all(|value| value.is_finite()), "{what}");
    let dims = sampler.dims();
    let mut runner = CpuRunner::new(sampler);
    for (first, count) in [
        (0, 1),
        (69, 1),
        (3, 2),
        (10, 3),
        (20, 4),
        (30, 7),
        (50, 12),
        (5, 30),
    ] {
        let part = whole.part(first..first + count);
        let mut found = vec![f32::NAN; count * dims];
        runner.run_into(&part, &mut found).expect("a part");
        let expected = &all[first * dims..][..count * dims];
        assert_eq!(bits(&found), bits(expected), "{what}: {first} + {count}");
    }
}

#[test]
fn bits_are_those_of_a_tile_for_every_network() {
    for case in Case::all() {
        let sampler = CpuSampler::new(&case.model, &case.plan(4, 1.0));
        let batch = batch_of(&case);
        assert_same_in_parts(&case.name, &sampler, &batch);
        let guided = batch.guidance(1.5);
        if guided.validate_for_model(&case.model).is_ok() {
            let what = format!("{}, guided", case.name);
            assert_same_in_parts(&what, &sampler, &guided);
        }
    }
}

/// What a plan and a batch ask for beside the network.
#[test]
fn bits_are_those_of_a_tile_for_every_plan() {
    let case = Case::load("diffusion-ql-mlp".to_owned());
    let config = case.model.scheduler();
    let threshold = Clipping::DynamicThreshold {
        ratio: 0.7,
        max: 3.0,
    };
    let built =
        |builder: ddim_wgpu::diffusion::PlanBuilder| builder.steps(6).build().expect("a plan");
    let plans = [
        built(Plan::ddim(config).eta(0.5).clipping(threshold)),
        built(
            Plan::ddim(config)
                .clipping(Clipping::Range(1.0))
                .rederive_epsilon(true),
        ),
        built(
            Plan::ddim(config)
                .eta(1.0)
                .clip_noise(0.5)
                .clip_epsilon(0.9)
                .clip_final(0.7),
        ),
        built(Plan::sampler(config, SamplerKind::Heun)),
        built(Plan::sampler(config, SamplerKind::DpmSolverPlusPlus2M)),
        built(Plan::sampler(config, SamplerKind::DpmSolverPlusPlus3M)),
        built(Plan::sampler(config, SamplerKind::Lms)),
    ];
    let dims = case.model.dims();
    for plan in plans {
        let what = format!("{:?}", plan.process());
        let sampler = CpuSampler::new(&case.model, &plan);
        let batch = batch_of(&case);
        assert_same_in_parts(&what, &sampler, &batch);
        let mask = repeated(&[1.0, 0.0, 0.25], MANY, dims);
        let kept = batch.inpaint(Inpaint::new(repeated(&[0.5, -0.2], MANY, dims), mask));
        assert_same_in_parts(&format!("{what}, inpainting"), &sampler, &kept);
    }
}

/// The residual MLP too, whose one sample is one tile.
#[test]
fn a_repeated_call_allocates_nothing() {
    let case = Case::load("cep-qgpo-scorenet".to_owned());
    let residual = Model::load(path("models").join("images")).expect("a golden model");
    let conditioned = batch_of(&case).part(0..1);
    let of_class = Batch::new(1).class(ClassChoice::One(1)).guidance(2.0);
    for (model, mut batch) in [(&case.model, conditioned), (&residual, of_class)] {
        let plan = Plan::ddim(model.scheduler()).steps(5).eta(1.0).build();
        let backend = Backend::cpu().expect("the engine");
        let session = Session::new(&backend, model, &plan.expect("a plan")).expect("a session");
        let mut runner = session.runner();
        let mut out = vec![f32::NAN; model.dims()];
        let observed = |value: f32| -> Vec<Vec<f32>> {
            let inputs = model.inputs().iter();
            inputs.map(|input| vec![value; input.width]).collect()
        };
        let mut counts = Vec::new();
        for (seed, values) in (1..=3).zip([0.3, -0.4, 0.9].map(observed)) {
            let (count, ()) = allocations(|| {
                batch.seed = seed;
                for (input, values) in model.inputs().iter().zip(&values) {
                    batch.set_condition(&input.name, 0, values);
                }
                runner.sample_into(&batch, &mut out).expect("a batch");
            });
            counts.push(count);
            let (used, expected) = allocations(|| session.sample(&batch).expect("a batch"));
            assert!(used > 0, "the allocator counts");
            assert_eq!(bits(&out), bits(expected.values()), "seed {seed}");
        }
        assert!(counts[0] > 0 && counts[1..] == [0, 0], "{counts:?}");
    }
}

#[test]
fn one_tile_is_the_calling_threads() {
    struct Where(Mutex<Vec<ThreadId>>);
    impl Denoiser for &Where {
        fn dims(&self) -> usize {
            1
        }
        fn predict(&self, _: &StageCoefficients, _: Option<u32>, x: &[f32], out: &mut [f32]) {
            out.copy_from_slice(x);
            self.0
                .lock()
                .expect("no panic")
                .push(thread::current().id());
        }
    }
    let config = Case::load("diffusion-ql-mlp".to_owned())
        .model
        .scheduler()
        .clone();
    let plan = Plan::ddim(config).steps(3).build().expect("a plan");
    let seen = Where(Mutex::new(Vec::new()));
    let sampler = CpuSampler::custom(&seen, &plan);
    sampler.run(&Batch::new(2), no_progress).expect("a batch");
    let here = thread::current().id();
    assert_eq!(*seen.0.lock().expect("no panic"), [here; 6]);
}

/// Who observes a run of a few samples, or one that is alone, is told on the thread that computes; more
/// samples are other threads' work. A wish to stop is heard either way.
#[test]
fn an_observed_run_has_the_same_bits_and_can_be_stopped() {
    let case = Case::load("diffusion-ql-mlp".to_owned());
    let backend = Backend::cpu().expect("the engine");
    let session = Session::new(&backend, &case.model, &case.plan(3, 0.0)).expect("a session");
    let whole = batch_of(&case);
    let mut runner = Runner::new(Arc::new(session));
    for count in [1, 3, MANY] {
        let batch = whole.part(0..count);
        let mut out = vec![f32::NAN; count * case.model.dims()];
        let mut last = Progress::new(0, 1);
        let mut tell = |progress: Progress| {
            assert!(progress.done >= last.done, "{progress:?} after {last:?}");
            last = progress;
            ControlFlow::Continue(())
        };
        let ran = runner.sample_into_with(&batch, &mut out, &mut tell);
        ran.expect("a batch");
        assert_eq!(last, Progress::new(3 * count as u64, 3 * count as u64));
        let expected = runner.session().sample(&batch).expect("a batch");
        assert_eq!(bits(&out), bits(expected.values()), "{count}");
        let watched = runner
            .session()
            .sample_with(&batch, &mut |_| ControlFlow::Continue(()));
        let watched = watched.expect("a batch");
        assert_eq!(bits(watched.values()), bits(expected.values()), "{count}");
        let stop = &mut |_: Progress| ControlFlow::Break(());
        let stopped = runner.sample_into_with(&batch, &mut out, stop);
        assert!(matches!(stopped, Err(SessionError::Cancelled)), "{count}");
    }
}

#[test]
fn memory_of_another_length_is_refused() {
    let case = Case::load("diffusion-ql-mlp".to_owned());
    let plan = case.plan(3, 0.0);
    let sampler = CpuSampler::new(&case.model, &plan);
    let batch = batch_of(&case).part(0..2);
    let refused = CpuRunner::new(&sampler).run_into(&batch, &mut [0.0; 5]);
    let (found, expected) = (5, 6);
    assert_eq!(refused, Err(EngineError::Samples { found, expected }));
    let backend = Backend::cpu().expect("the engine");
    let session = Session::new(&backend, &case.model, &plan).expect("a session");
    let refused = session.runner().sample_into(&batch, &mut [0.0; 7]);
    assert!(matches!(
        refused,
        Err(SessionError::OutputLength {
            found: 7,
            expected: 6
        })
    ));
}

/// A condition that nobody else holds is replaced where it is.
#[test]
fn conditions_are_set_in_place() {
    let mut batch = Batch::new(1).condition("observation", vec![1.0, 2.0]);
    let (count, ()) = allocations(|| batch.set_condition("observation", 4, &[3.0, 4.0]));
    assert_eq!(count, 0);
    let expected = Batch::new(1).condition_from("observation", 4, vec![3.0, 4.0]);
    assert_eq!(batch, expected);
    let other = batch.clone();
    batch.set_condition("observation", 4, &[5.0, 6.0]);
    assert_eq!(other, expected, "somebody else's values are left alone");
    batch.set_condition("goal", 0, &[7.0]);
    let expected = expected.condition_from("observation", 4, vec![5.0, 6.0]);
    assert_eq!(batch, expected.condition("goal", vec![7.0]));
}
