//! Networks that other authors' code trained, sampled here and by their own samplers.
//! `python/train_third_party.py` trained them and wrote what theirs make.

use std::path::PathBuf;

use ddim_wgpu::cpu::CpuSampler;
use ddim_wgpu::diffusion::{Plan, TimestepSpacing};
use ddim_wgpu::metrics::sliced_wasserstein;
use ddim_wgpu::network::Model;
use ddim_wgpu::output::npy::NpyArray;
use ddim_wgpu::{Batch, ClassChoice, no_progress};

use crate::common::goldens::{compare, largest, pass, path};
use crate::networks::as_f64;

fn folder(name: &str) -> PathBuf {
    path("networks").join(name)
}

fn values(name: &str, file: &str) -> Vec<f32> {
    let array = NpyArray::open(folder(name).join(file));
    array.expect("an array").into_samples()
}

/// smalldiffusion's own sampler is DDIM at η = 0, written in σ: the same states, step by step.
#[test]
fn smalldiffusion_passes_the_states_of_its_own_sampler() {
    let name = "trained-smalldiffusion";
    let model = Model::load(folder(name)).expect("a model");
    let states = values(name, "trajectory.npy");
    let plan = Plan::ddim(model.scheduler())
        .spacing(TimestepSpacing::Trailing)
        .steps(20);
    let plan = plan.build().expect("a plan");
    let each = states.len() / (plan.len() + 1);
    let mut states = states.chunks_exact(each);
    let start = states.next().expect("a state before the first step");
    let batch = Batch::new(each / model.dims()).initial(start.to_vec());
    let sampler = CpuSampler::new(&model, &plan);
    let mut run = sampler.start(&batch).expect("a batch");
    for (row, expected) in states.enumerate() {
        let rows = row..row + 1;
        sampler
            .advance(&batch, rows, &mut run, no_progress)
            .expect("a row");
        let expected = as_f64(expected);
        let limit = 1e-4 * largest(&expected);
        let what = format!("after step {row}");
        pass(compare(what, &as_f64(&run.data), &expected, |_| limit));
    }
}

/// TabDDPM's sampler draws noise of its own, so what is the same is the distribution: no further
/// from theirs than another part of theirs is, but for half of it.
#[test]
fn synthcity_gives_the_distribution_of_its_own_sampler() {
    const COUNT: usize = 600;
    let name = "trained-synthcity";
    let model = Model::load(folder(name)).expect("a model");
    let dims = model.dims();
    let theirs = values(name, "samples.npy");
    let (first, last) = (
        &theirs[..COUNT * dims],
        &theirs[theirs.len() - COUNT * dims..],
    );
    let plan = Plan::ddpm(model.scheduler()).steps(1000);
    let plan = plan.build().expect("a plan");
    // Theirs are of the three classes in turn.
    let batch = Batch::new(COUNT).seed(7).class(ClassChoice::Cyclic);
    let sampler = CpuSampler::new(&model, &plan);
    let mut ours = sampler.run(&batch, no_progress).expect("a batch").data;
    let distance = |samples: &[f32]| sliced_wasserstein(samples, first, dims, 200, 1);
    let bound = 1.5 * distance(last);
    let found = distance(&ours);
    assert!(found < bound, "{found}, more than {bound}");
    ours.chunks_exact_mut(dims).for_each(|x| x[0] += 0.5);
    let shifted = distance(&ours);
    assert!(
        shifted > bound,
        "{shifted} of shifted samples, below {bound}"
    );
}
