//! Every sampler on every bundled model: none breaks, and none is much worse
//! than DDIM without noise.
//!
//! Small counts, so that it takes seconds; `scripts/samplers.py` measures the table of
//! `docs/samplers.md` with many samples.

use ddim_wgpu::cpu::CpuSampler;
use ddim_wgpu::diffusion::{Plan, SamplerKind};
use ddim_wgpu::metrics::{Classifier, SampleComparison};
use ddim_wgpu::network::Model;
use ddim_wgpu::output::npy::NpyArray;
use ddim_wgpu::{Batch, ClassChoice, no_progress};

/// Numbers of steps at which nothing may be broken.
const STEPS: [usize; 4] = [5, 10, 20, 50];

/// How much farther from the data than DDIM's samples those of a sampler may be, at 10 steps and
/// more.
fn factor(kind: SamplerKind) -> f64 {
    match kind {
        // Noise costs most at few steps (DDIM paper, Table 1: at 10 steps 13.4 without noise, 41.1
        // with η = 1 and 367 with σ̂).
        SamplerKind::DdpmLarge => 8.0,
        SamplerKind::Ddpm | SamplerKind::ReverseSde | SamplerKind::SdeDpmSolverPlusPlus2M => 4.0,
        // It is for networks distilled for it.
        SamplerKind::Consistency => 8.0,
        _ => 1.35,
    }
}

/// Samples that may come out as nothing. With noise at every step one digit in a hundred
/// is too faint to be made out, by every sampler that adds it and the more steps the
/// sooner: it is the network's.
fn faint(kind: SamplerKind, count: usize) -> usize {
    match kind {
        SamplerKind::Ddpm
        | SamplerKind::DdpmLarge
        | SamplerKind::ReverseSde
        | SamplerKind::SdeDpmSolverPlusPlus2M
        | SamplerKind::Consistency => count / 50,
        _ => 0,
    }
}

fn sample(model: &Model, kind: SamplerKind, steps: usize, batch: &Batch) -> Vec<f32> {
    let plan = Plan::sampler(model.scheduler(), kind).steps(steps).build();
    let sampler = CpuSampler::new(model, &plan.expect("a plan"));
    sampler.run(batch, no_progress).expect("samples").data
}

/// Measures all samplers of a model, and complains of those that are too far from the data.
fn gate(
    model: &Model,
    batch: &Batch,
    comparison: &SampleComparison,
    is_broken: impl Fn(&[f32]) -> bool,
) {
    let asked = |index| batch.class_of(index, model.num_classes());
    let mut complaints = Vec::new();
    for steps in STEPS {
        let measure = |samples: &[f32]| {
            let scores = comparison.measure(samples, asked).expect("scores");
            scores.values[0]
        };
        let ddim = measure(&sample(model, SamplerKind::Ddim, steps, batch));
        for &kind in SamplerKind::ALL {
            let samples = sample(model, kind, steps, batch);
            let broken = samples
                .chunks_exact(model.dims())
                .filter(|one| is_broken(one));
            let broken = broken.count();
            if broken > faint(kind, batch.count) {
                complaints.push(format!("{kind}, S = {steps}: {broken} broken"));
            }
            let found = measure(&samples);
            // Not a number is not near either.
            let near = found <= factor(kind) * ddim;
            if steps >= 10 && !near {
                complaints.push(format!("{kind}, S = {steps}: {found}, DDIM {ddim}"));
            }
        }
    }
    assert!(
        complaints.is_empty(),
        "{}: {}",
        model.name(),
        complaints.join("; ")
    );
}

#[test]
fn no_sampler_breaks_digits() {
    let model = Model::bundled("digits").expect("the bundled model");
    let classifier = Classifier::bundled("digits")
        .expect("one is")
        .expect("it loads");
    let comparison = SampleComparison::of_images(classifier, None, true).expect("moments");
    let batch = Batch::new(100).seed(11).class(ClassChoice::Cyclic);
    // Strokes cover a fifth of a digit; a broken one is white.
    gate(&model, &batch, &comparison, |digit| {
        let light = digit.iter().filter(|&&value| value > 0.0).count();
        light > digit.len() / 2 || light < digit.len() / 200
    });
}

#[test]
fn no_sampler_breaks_points() {
    for name in ["swiss-roll", "dino"] {
        let model = Model::load(format!("models/{name}")).expect("a bundled model");
        let data = NpyArray::open(format!("models/{name}/reference.npy")).expect("data");
        let comparison = SampleComparison::of_points(data.values, 2).expect("data");
        // Data lie in the square; a point far outside has run away.
        gate(&model, &Batch::new(500).seed(11), &comparison, |point| {
            point.iter().any(|value| value.abs() > 1.5)
        });
    }
}
