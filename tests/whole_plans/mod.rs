//! Random legal plans of random options, from the first state to the samples: the engine and a
//! device against a reference in `f64`, and batches against their parts.
//!
//! A plan may magnify rounding as it likes: schedules whose first levels hardly differ, steps from
//! the noisiest to the cleanest, a second order on either. So the reference is run with errors of
//! a few ulps in every output and state as well, and what those do is what an `f32` run may do.

mod network;
mod reference;

use std::cell::{Cell, RefCell};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use ddim_wgpu::cpu::CpuSampler;
use ddim_wgpu::diffusion::{Clipping, Plan, PlanBuilder, Spacing};
use ddim_wgpu::gpu::{DiffusionSampler, SamplerOptions};
use ddim_wgpu::network::Model;
use ddim_wgpu::{Batch, ClassChoice, no_progress};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use crate::common::compute::{TestDevice, test_device};
use crate::common::random_model::RandomModel;
use crate::diffusion::builders;
use network::ReferenceMlp;
use reference::{Reference, Rounding};

/// Plans through the engine; `DDIM_PLANS` says another number, e.g. 10000.
const PLANS: u32 = 200;

/// Longest plan: the reference takes its time.
const MOST_STAGES: usize = 24;

/// Relative size of the errors that the reference is run with: four ulps of `f32`.
const ROUNDING: f64 = 2.4e-7;

/// What a run may differ by, relative to its largest value: the sums of a layer, in `f32`, over
/// the stages of a plan.
const BOUND: f64 = 2e-5;

/// How much more than the disturbed references: those are few, and an error of one size.
const MARGIN: f64 = 40.0;

fn models() -> Vec<RandomModel> {
    let plain = RandomModel::default;
    vec![
        plain(),
        RandomModel {
            shape: vec![1, 3, 3],
            activation: "gelu_tanh",
            classes: Some(3),
            ..plain()
        },
        RandomModel {
            input_embedding: Some(10),
            activation: "relu",
            time_hidden: None,
            blocks: 1,
            ..plain()
        },
    ]
}

/// A legal plan, and a batch for it.
fn runs() -> impl Strategy<Value = (usize, PlanBuilder, Batch)> {
    let clipping = prop_oneof![
        3 => Just(None),
        1 => (0.0..1.0, 1.0..3.0)
            .prop_map(|(ratio, max)| Some(Clipping::DynamicThreshold { ratio, max })),
    ];
    let clips = [(); 3].map(|()| prop::option::weighted(0.2, 0.05..3.0));
    let spacing = prop::option::weighted(0.3, select(Spacing::ALL));
    let options = (clipping, clips, spacing, 0..3_usize, any::<bool>());
    let class = prop_oneof![
        Just(ClassChoice::None),
        Just(ClassChoice::Cyclic),
        (0..3_u32).prop_map(ClassChoice::One),
        prop::collection::vec(0..3_u32, 1..5).prop_map(ClassChoice::Listed),
    ];
    let batch = (1..6_usize, any::<u64>(), any::<u64>(), class, -1.0..4.0_f32);
    let batch = batch.prop_map(|(count, seed, offset, class, guidance)| {
        let batch = Batch::new(count).seed(seed).class(class).guidance(guidance);
        batch.sample_offset(offset >> 1)
    });
    (0..models().len(), builders(), options, batch).prop_filter_map(
        "a legal plan",
        |(model, mut builder, (clipping, clips, spacing, skip, stabilize), mut batch)| {
            builder = builder.skip(skip).stabilize(stabilize);
            if let Some(clipping) = clipping {
                builder = builder.clipping(clipping);
            }
            if let Some(spacing) = spacing {
                builder = builder.spacing(spacing);
            }
            if let Some(limit) = clips[0] {
                builder = builder.clip_noise(limit);
            }
            if let Some(limit) = clips[1] {
                builder = builder.clip_epsilon(limit);
            }
            if let Some(limit) = clips[2] {
                builder = builder.clip_final(limit);
            }
            if models()[model].classes.is_none() {
                batch = batch.class(ClassChoice::None);
            }
            if batch.class == ClassChoice::None {
                batch = batch.guidance(1.0);
            }
            let plan = builder.clone().build().ok()?;
            (plan.len() <= MOST_STAGES).then_some((model, builder, batch))
        },
    )
}

/// What is exact for a sample, and how far from it an `f32` run may be.
fn expected(reference: &Reference<'_>, i: usize) -> (Vec<f64>, f64) {
    let exact = reference.sample(i, Rounding::NONE);
    let largest = exact
        .iter()
        .fold(0.0, |largest: f64, x| largest.max(x.abs()));
    let moved = (1..=3).map(|seed| {
        let disturbed = reference.sample(i, Rounding::new(ROUNDING, seed));
        let differences = exact.iter().zip(disturbed).map(|(x, y)| (x - y).abs());
        differences.fold(0.0, f64::max)
    });
    let moved = moved.fold(0.0, f64::max);
    (exact, BOUND * largest.max(1.0) + MARGIN * moved)
}

/// The models with what runs them. The sampler on the device is given every plan in turn.
struct Opened {
    model: Model,
    classes: Option<usize>,
    reference: ReferenceMlp,
    sampler: RefCell<Option<DiffusionSampler>>,
}

impl Opened {
    fn new(random: &RandomModel) -> Self {
        Self {
            model: random.build(),
            classes: random.classes,
            reference: ReferenceMlp::new(&random.files()),
            sampler: RefCell::new(None),
        }
    }

    fn on_device(&self, plan: &Plan, batch: &Batch) -> Vec<f32> {
        let TestDevice { device, queue, .. } = test_device();
        let mut sampler = self.sampler.borrow_mut();
        let sampler = sampler.get_or_insert_with(|| {
            let mut options = SamplerOptions::default();
            options.row_capacity = NonZeroUsize::new(MOST_STAGES);
            (options.dynamic_threshold, options.history, options.clips) = (true, true, true);
            DiffusionSampler::with_options(device, &self.model, plan, &options).expect("a sampler")
        });
        sampler.set_plan(queue, plan).expect("room for the plan");
        let run = sampler.prepare(device, queue, batch).expect("a run");
        let all = 0..sampler.len();
        let submitted =
            sampler.submit_blocking(device, queue, &run, all, |_| ControlFlow::Continue(()));
        assert!(submitted.expect("a healthy device"));
        run.read_blocking(device, queue).expect("samples")
    }
}

/// How many of the plans were tame: whose bound is not much above that of rounding.
#[derive(Default)]
struct Tally {
    all: Cell<u32>,
    tame: Cell<u32>,
}

fn check(opened: &[Opened], tally: &Tally, case: &(usize, PlanBuilder, Batch), every: u32) {
    let (model, builder, batch) = case;
    let Opened {
        model,
        classes,
        reference,
        ..
    } = &opened[*model];
    let plan = builder.clone().build().expect("a legal plan");
    let dims = model.dims();
    let sampler = CpuSampler::new(model, &plan);
    let run = |batch: &Batch| sampler.run(batch, no_progress).expect("samples").data;
    let whole = run(batch);
    tally.all.set(tally.all.get() + 1);
    let found_on_device = tally
        .all
        .get()
        .is_multiple_of(every)
        .then(|| opened[case.0].on_device(&plan, batch));

    let reference = Reference {
        network: reference,
        plan: &plan,
        batch,
        dims,
        classes: *classes,
    };
    for i in 0..batch.count {
        let (exact, bound) = expected(&reference, i);
        if !exact.iter().all(|x| x.abs() < 1e30) {
            continue; // no f32 either
        }
        let largest = exact
            .iter()
            .fold(1.0, |largest: f64, x| largest.max(x.abs()));
        tally
            .tame
            .set(tally.tame.get() + u32::from(i == 0 && bound < 1e-3 * largest));
        let near = |found: &[f32], what: &str| {
            for (found, exact) in found[i * dims..][..dims].iter().zip(&exact) {
                let error = (f64::from(*found) - exact).abs();
                assert!(
                    error <= bound,
                    "{what}, sample {i}: {found}, not {exact}, off by {error:.2e} of {bound:.2e}"
                );
            }
        };
        near(&whole, "engine");
        if let Some(found) = &found_on_device {
            near(found, "device");
        }
    }

    // A sample is what it is in any part of the batch.
    let cut = batch.count / 2;
    let parts = [0..cut, cut..batch.count]
        .into_iter()
        .filter(|range| !range.is_empty());
    let parts: Vec<f32> = parts.flat_map(|range| run(&batch.part(range))).collect();
    let bits = |values: &[f32]| -> Vec<u32> { values.iter().map(|x| x.to_bits()).collect() };
    assert_eq!(bits(&whole), bits(&parts), "in two parts");
}

#[test]
fn random_plans_are_what_they_say_on_every_engine() {
    let plans = std::env::var("DDIM_PLANS").map_or(PLANS, |plans| plans.parse().expect("a number"));
    let opened: Vec<Opened> = models().iter().map(Opened::new).collect();
    let tally = Tally::default();
    let config = Config {
        cases: plans,
        max_local_rejects: u32::MAX,
        max_global_rejects: u32::MAX,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, proptest_rng());
    runner
        .run(&runs(), |case| {
            check(&opened, &tally, &case, 4);
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    let (all, tame) = (tally.all.get(), tally.tame.get());
    assert!(
        tame > all / 2,
        "only {tame} of {all} plans show an error of 1e-3"
    );
}

/// The same plans every time.
fn proptest_rng() -> proptest::test_runner::TestRng {
    proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha)
}
