//! The native CPU engine on this machine, whose instructions it chooses when it starts.

use crate::batch::{Batch, ClassChoice};
use crate::cpu::CpuSampler;
use crate::diffusion::Plan;
use crate::no_progress;
use crate::verify::harness::cases;
use crate::verify::harness::cases::Network;
use crate::verify::harness::compare::Comparison;
use crate::verify::harness::report::{Check, Measure, Report, Subject};
use crate::verify::harness::stepwise::{OFFSET, SEED, host_noise};
use crate::verify::{noise, runs};

/// Verifies the native CPU engine on this machine: its noise, and its runs against the kernels'
/// twins.
#[must_use]
pub fn engine() -> Report {
    Report::new(Subject::Engine, checks())
}

pub fn checks() -> Vec<Check> {
    vec![
        check(
            "noise hash",
            "words, and the hash of 2^20 normals, against the published ones",
            Measure::Exact,
            noise::native,
        ),
        check(
            "engine",
            "samples of 3 rows against the twins': every activation, classes, guidance, clips",
            Measure::Relative { bound: 1e-5 },
            |comparison| {
                for network in cases::narrow() {
                    let plan = Plan::ddim(network.model.scheduler()).steps(3).eta(0.7);
                    let clips = plan.clone().clip_noise(0.8).clip_epsilon(0.9);
                    for plan in [plan, clips.clip_final(0.7)] {
                        compare(comparison, &network, &plan.build().expect("a plan"));
                    }
                }
            },
        ),
        check(
            "run of engine",
            "samples of 50 steps against the twins'",
            Measure::Relative { bound: 1e-5 },
            |comparison| {
                let network = cases::contracting();
                let plan = Plan::ddim(network.model.scheduler()).steps(50).eta(1.0);
                compare(comparison, &network, &plan.build().expect("a plan"));
            },
        ),
        check(
            "batches of engine",
            "bits of samples in batches of other sizes and offsets",
            Measure::Exact,
            compare_batches,
        ),
    ]
}

fn check(
    name: &str,
    what: &'static str,
    measure: Measure,
    compare: impl FnOnce(&mut Comparison),
) -> Check {
    let mut comparison = Comparison::default();
    compare(&mut comparison);
    comparison.check(name.to_owned(), what, measure, None)
}

fn compare(comparison: &mut Comparison, network: &Network, plan: &Plan) {
    let Network { name, model } = network;
    for count in [1, 8, 65] {
        let mut batch = Batch::new(count)
            .seed(SEED)
            .sample_offset(OFFSET)
            .initial(host_noise(5, count, model.dims()));
        if model.num_classes().is_some() {
            batch = batch.class(ClassChoice::Cyclic).guidance(1.5);
        }
        let found = run(model, plan, &batch);
        let expected = runs::mlp_by_twins(model, plan, &batch);
        // What a row multiplies the network's output by, of the rows whose errors the others do not
        // shrink.
        let gains = plan.stages().iter().map(|step| step.x0_from_out.abs());
        let gain = gains.fold(1.0, f64::max);
        comparison.near(&format!("{name}, {count} samples"), &found, &expected, gain);
    }
}

fn compare_batches(comparison: &mut Comparison) {
    let Network { model, .. } = cases::contracting();
    let plan = Plan::ddim(model.scheduler()).steps(4).eta(1.0);
    let plan = plan.build().expect("a plan");
    let batch = |offset: usize, count| {
        let batch = Batch::new(count).seed(SEED);
        let batch = batch.sample_offset(OFFSET + offset as u64);
        batch.class(ClassChoice::Cyclic).guidance(1.5)
    };
    let whole = run(&model, &plan, &batch(0, 150));
    for (offset, count) in [(0, 1), (149, 1), (3, 64), (37, 65)] {
        let found = run(&model, &plan, &batch(offset, count));
        let expected = &whole[offset * model.dims()..][..count * model.dims()];
        comparison.same_bits(&format!("{count} samples from {offset}"), &found, expected);
    }
}

fn run(model: &crate::network::Model, plan: &Plan, batch: &Batch) -> Vec<f32> {
    let samples = CpuSampler::new(model, plan).run(batch, no_progress);
    samples.expect("a valid batch that fits memory").data
}
