//! Forms of the step: what a sampler chooses for an expected number of samples, and what measuring
//! finds, refuses and keeps.

use std::num::NonZeroUsize;

use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::gpu::{DiffusionSampler, Fault, Kernel, Precision, SamplerOptions};
use ddim_wgpu::network::Model;
use ddim_wgpu::tuning::{Trial, TuningCache, tune_blocking};
use ddim_wgpu::verify::{self, Verdict};
use ddim_wgpu::{Batch, ClassChoice};

use crate::common::compute::{TestDevice, test_device};
use crate::common::golden_models::GoldenModel;
use crate::common::goldens;

fn model(name: &str) -> Model {
    let golden = GoldenModel::all()
        .into_iter()
        .find(|golden| golden.name == name);
    golden
        .expect("a golden model")
        .files
        .load()
        .expect("a model")
}

fn plan(model: &Model, steps: usize) -> Plan {
    let plan = Plan::ddim(model.scheduler()).steps(steps).eta(1.0);
    plan.build().expect("a plan")
}

fn some(samples: usize) -> Option<NonZeroUsize> {
    NonZeroUsize::new(samples)
}

/// Tiles of every size, and networks of layers with as many samples in a value as they leave.
#[test]
fn every_size_of_a_tile_is_the_twin() {
    let TestDevice { device, queue, .. } = test_device();
    let layers = Model::load(goldens::path("networks").join("cep-qgpo-scorenet"));
    for (model, kernel) in [
        (model("points"), Kernel::MlpStep),
        (model("images"), Kernel::MlpStep),
        (layers.expect("a fixture"), Kernel::ProgramStep),
    ] {
        for tile in [1, 2, 3, 4, 16, 1000] {
            let mut options = SamplerOptions::default();
            (options.mlp_kernel, options.tile_samples) = (Some(kernel), some(tile));
            let check = verify::model_blocking((device, queue), &model, 21, &options);
            let check = check.expect("a device that goes on");
            let name = kernel.name();
            assert_eq!(check.verdict, Verdict::Passed, "{name}, {tile}: {check:?}");
            assert!(check.cases >= 6, "{name}, {tile}: {check:?}");
        }
    }
}

/// Within one form a sample does not depend on its batch, whatever number was expected.
#[test]
fn an_expected_number_changes_no_sample_of_another_batch() {
    let TestDevice { device, queue, .. } = test_device();
    let model = model("images");
    let plan = plan(&model, 3);
    let mut options = SamplerOptions::default();
    options.expected_samples = some(1);
    let sampler = DiffusionSampler::with_options(device, &model, &plan, &options);
    let sampler = sampler.expect("a sampler");
    // What is launched for one sample is worth several rows at once on any device.
    assert!(sampler.rows_per_dispatch() > 1 || sampler.kernel() == Kernel::MlpStepSplit);
    let samples = |batch: Batch| {
        let batch = batch.seed(5).class(ClassChoice::Cyclic).guidance(1.5);
        let run = sampler.prepare(device, queue, &batch).expect("a run");
        let go_on = |_| std::ops::ControlFlow::Continue(());
        let done = sampler.submit_blocking(device, queue, &run, 0..plan.len(), go_on);
        assert!(done.expect("a run that ends"));
        let found = run.read_blocking(device, queue).expect("samples");
        found.into_iter().map(f32::to_bits).collect::<Vec<_>>()
    };
    let many = samples(Batch::new(30));
    let one = samples(Batch::new(1).sample_offset(17));
    assert_eq!(one, many[17 * model.dims()..][..model.dims()]);
}

#[test]
fn forms_are_measured_and_the_fastest_is_kept() {
    let TestDevice { device, queue, .. } = test_device();
    let model = model("points");
    let plan = plan(&model, 4);
    let options = SamplerOptions::default();
    let tuned = tune_blocking((device, queue), &model, &plan, &Batch::new(5), &options);
    let tuned = tuned.expect("a device that goes on");
    let kernels = [Kernel::MlpStep, Kernel::MlpStepSplit];
    for kernel in kernels {
        assert!(
            tuned
                .trials
                .iter()
                .any(|trial| trial.choice.kernel == kernel)
        );
    }
    for trial in &tuned.trials {
        assert_eq!(trial.refused, None, "{}", trial.choice);
        assert!(
            trial.seconds.len() == 5 && trial.median() > 0.0,
            "{trial:?}"
        );
        assert!(trial.expected_seconds.is_some_and(|time| time > 0.0));
    }
    let medians = tuned.trials.iter().map(Trial::median);
    assert!(medians.is_sorted());
    let best = tuned.best().expect("one that can be used");

    let mut cache = TuningCache::default();
    let found = (5, best.median());
    cache.keep(device, (&model, Precision::Single), best.choice, found);
    let cache = TuningCache::from_json(&cache.to_json()).expect("its own text");
    let single = cache.find(device, &model, Precision::Single);
    assert_eq!(single, Some(best.choice));
    assert_eq!(cache.find(device, &model, Precision::Half), None);
    let other = self::model("images");
    assert_eq!(cache.find(device, &other, Precision::Single), None);

    let mut options = SamplerOptions::default();
    best.choice.apply(&mut options);
    let sampler = DiffusionSampler::with_options(device, &model, &plan, &options);
    let sampler = sampler.expect("a sampler");
    assert_eq!(sampler.kernel(), best.choice.kernel);
    assert_eq!(
        sampler.rows_per_dispatch(),
        best.choice.rows_per_dispatch.get()
    );
}

/// What computes something else is not measured, however fast.
#[test]
fn a_form_that_is_not_its_twin_is_refused() {
    let TestDevice { device, queue, .. } = test_device();
    let model = model("points");
    let plan = plan(&model, 2);
    let mut options = SamplerOptions::default();
    options.mlp_kernel = Some(Kernel::MlpStepSplit);
    options.fault = Some(Fault {
        kernel: Some(Kernel::MlpStepSplit),
        from: "sum += sums[own_row]",
        to: "sum -= sums[own_row]",
    });
    let tuned = tune_blocking((device, queue), &model, &plan, &Batch::new(2), &options);
    let tuned = tuned.expect("a device that goes on");
    assert!(tuned.best().is_none() && !tuned.trials.is_empty());
    for trial in tuned.trials {
        let reason = trial.refused.expect("a fault that is found");
        assert!(
            reason.starts_with("not its twin: the model, row "),
            "{reason}"
        );
    }
}
