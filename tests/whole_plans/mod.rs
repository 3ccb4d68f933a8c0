//! Random legal plans of random options, from the first state to the samples: the engine and a
//! device against a reference in `f64`, and batches against their parts.
//!
//! A plan may magnify rounding as it likes: schedules whose first levels hardly differ, steps from
//! the noisiest to the cleanest, a second order on either. So the reference is run with errors of
//! a few ulps in every output and state as well, and what those do is what an `f32` run may do.

mod conditioned;
mod network;
mod reference;

use std::cell::{Cell, RefCell};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use ddim_wgpu::cpu::CpuSampler;
use ddim_wgpu::diffusion::{Clipping, Plan, PlanBuilder, Spacing};
use ddim_wgpu::gpu::{DiffusionSampler, SamplerOptions};
use ddim_wgpu::network::Model;
use ddim_wgpu::noise::fill_normals;
use ddim_wgpu::{Batch, ClassChoice, no_progress};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use crate::common::compute::{TestDevice, test_device};
use crate::common::random_model::RandomModel;
use crate::diffusion::builders;
use conditioned::{CONDITION, ConditionedNetwork, DIMS};
use network::ReferenceMlp;
use reference::{Reference, ReferenceNetwork, Rounding};

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

/// The models of [`models`], and the one with conditions after them.
fn opened() -> Vec<Opened> {
    let models = models();
    let random = models.iter().map(Opened::new);
    random.chain([Opened::conditioned()]).collect()
}

/// A batch's rows of the condition, as if they were taken from those of all samples, `each` samples
/// to a row.
fn conditioned(batch: Batch, each: usize) -> Batch {
    let each = NonZeroUsize::new(each).expect("at least 1");
    let batch = batch.samples_per_condition(each);
    let rows = batch.condition_row(0)..batch.condition_row(batch.count - 1) + 1;
    let (name, width) = CONDITION;
    let mut values = Vec::new();
    for row in rows.clone() {
        let mut own = vec![0.0; width];
        fill_normals(17, row, 0, &mut own);
        values.extend(own);
    }
    batch.condition_from(name, rows.start, values)
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
    let batch = (batch, 1..4_usize);
    (0..=models().len(), builders(), options, batch).prop_filter_map(
        "a legal plan",
        |(model, mut builder, (clipping, clips, spacing, skip, stabilize), (mut batch, each))| {
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
            match models().get(model) {
                Some(random) if random.classes.is_some() => {}
                Some(_) => batch = batch.class(ClassChoice::None),
                None => batch = conditioned(batch.class(ClassChoice::None), each),
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
    reference: ReferenceNetwork,
    sampler: RefCell<Option<DiffusionSampler>>,
}

impl Opened {
    fn new(random: &RandomModel) -> Self {
        Self {
            model: random.build(),
            classes: random.classes,
            reference: ReferenceNetwork::Mlp(ReferenceMlp::new(&random.files())),
            sampler: RefCell::new(None),
        }
    }

    fn conditioned() -> Self {
        let network = ConditionedNetwork::new();
        Self {
            model: network.model(),
            classes: None,
            reference: ReferenceNetwork::Conditioned(network),
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
    for (other, what) in alike(batch) {
        assert_eq!(bits(&whole), bits(&run(&other)), "{what}");
        // On a device rows are folded by what occurs, and found by the sample's number.
        if let Some(found) = &found_on_device {
            let other = opened[case.0].on_device(&plan, &other);
            assert_eq!(bits(found), bits(&other), "device: {what}");
        }
    }
}

/// Batches of the same samples, where those are conditioned.
fn alike(batch: &Batch) -> Vec<(Batch, &'static str)> {
    let (name, width) = CONDITION;
    let Some(condition) = batch.conditions.first() else {
        return Vec::new();
    };
    let (first, given) = (condition.first_row, &condition.values[..]);
    let around = |before: usize, after: usize| {
        let values = [
            &vec![0.5; before * width],
            given,
            &vec![-0.5; after * width],
        ]
        .concat();
        (first >= before as u64).then(|| {
            let more = batch.clone();
            more.condition_from(name, first - before as u64, values)
        })
    };
    let each: Vec<f32> = (0..batch.count)
        .flat_map(|i| batch.condition_of(i, name, width).expect("a row").to_vec())
        .collect();
    let written_out = batch.clone().samples_per_condition(NonZeroUsize::MIN);
    let written_out = written_out.condition_from(name, batch.sample_offset, each);
    let mut all = vec![(written_out, "a row for each sample")];
    all.extend(around(2, 3).map(|more| (more, "among the rows of others")));
    all
}

/// The rows are what a sample depends on: others give others, and only to their own samples.
#[test]
fn a_row_is_its_samples_own() {
    let opened = Opened::conditioned();
    let plan = Plan::ddim(opened.model.scheduler()).steps(5);
    let plan = plan.build().expect("a plan");
    let sampler = CpuSampler::new(&opened.model, &plan);
    let batch = conditioned(Batch::new(6).seed(3).sample_offset(8), 2);
    let (name, width) = CONDITION;
    let mut changed = batch.conditions[0].values.to_vec();
    changed[width] += 1.0; // of the second row, samples 2 and 3
    let other = batch
        .clone()
        .condition_from(name, batch.conditions[0].first_row, changed);
    let on_engine = [&batch, &other].map(|b| sampler.run(b, no_progress).expect("samples").data);
    let on_device = [&batch, &other].map(|b| opened.on_device(&plan, b));
    for [before, after] in [on_engine, on_device] {
        for i in 0..batch.count {
            let of = |values: &[f32]| values[i * DIMS..][..DIMS].to_vec();
            let same = of(&before) == of(&after);
            assert_eq!(same, !(2..4).contains(&i), "sample {i}");
        }
    }
}

#[test]
fn random_plans_are_what_they_say_on_every_engine() {
    let plans = std::env::var("DDIM_PLANS").map_or(PLANS, |plans| plans.parse().expect("a number"));
    let opened = opened();
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
