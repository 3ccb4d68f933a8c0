//! Networks of other authors on the kernels, against what float64 makes of them and against the
//! twin; on whichever driver the tests run.

use std::num::NonZeroUsize;

use ddim_wgpu::batch::Batch;
use ddim_wgpu::cpu::ProgramTwin;
use ddim_wgpu::diffusion::{LevelSpacing, Plan, PlanError};
use ddim_wgpu::gpu::{DiffusionSampler, Kernel, SamplerError, SamplerOptions};
use ddim_wgpu::network::Model;
use ddim_wgpu::session::{Backend, Session, SessionError};

use crate::common::compute::{TestDevice, featured_device, test_device};
use crate::common::goldens::{compare, largest, must_fail, pass, path};
use crate::networks::{BOUND, Case, as_f64};

pub(crate) const KERNELS: [Kernel; 2] = [Kernel::ProgramStep, Kernel::ProgramStepSerial];

fn sampler(model: &Model, plan: &Plan, options: &SamplerOptions) -> DiffusionSampler {
    let device = &test_device().device;
    DiffusionSampler::with_options(device, model, plan, options).expect("a network that fits")
}

fn options(kernel: Kernel) -> SamplerOptions {
    let mut options = SamplerOptions::default();
    options.mlp_kernel = Some(kernel);
    options.row_capacity = NonZeroUsize::new(50);
    options
}

pub(crate) fn sample(on: &TestDevice, sampler: &DiffusionSampler, batch: &Batch) -> Vec<f32> {
    let TestDevice { device, queue, .. } = on;
    let run = sampler.prepare(device, queue, batch).expect("a run");
    let rows = 0..sampler.len();
    sampler
        .submit_blocking(device, queue, &run, rows, |_| {
            std::ops::ControlFlow::Continue(())
        })
        .expect("a run that ends");
    run.read_blocking(device, queue).expect("samples")
}

#[test]
fn decoding_on_the_kernels_is_that_of_float64() {
    for case in Case::all() {
        for kernel in KERNELS {
            let first = case.plan(10, 0.0);
            let mut sampler = sampler(&case.model, &first, &options(kernel));
            assert_eq!(sampler.kernel(), kernel);
            for steps in [10, 50] {
                let plan = case.plan(steps, 0.0);
                sampler
                    .set_plan(&test_device().queue, &plan)
                    .expect("room for the plan");
                let found = sample(test_device(), &sampler, &case.batch());
                let expected = case.golden.get(&format!("decoded.{steps}")).values;
                let limit = BOUND * largest(&expected);
                let what = format!("{} in {steps} steps on {}", case.name, kernel.name());
                pass(compare(&what, &as_f64(&found), &expected, |_| limit));
                let mut wrong = found;
                wrong[0] += 2.0 * limit as f32;
                let noticed = compare(&what, &as_f64(&wrong), &expected, |_| limit);
                must_fail("a value off by twice the bound", noticed);
            }
        }
    }
}

/// With the contracted noise, one kernel on a device with subgroups: row by row what the twin says.
#[test]
fn stochastic_runs_on_the_kernels_follow_the_twin() {
    for case in Case::all() {
        let plan = case.plan(6, 1.0);
        let twin = ProgramTwin::new(&case.model, &plan);
        let batch = case.batch().seed(3);
        let expected = case.by_twin(&plan, &twin);
        let limit = 5e-5 * largest(&expected);
        for (on, kernel) in std::iter::zip([test_device(), featured_device()], KERNELS) {
            let options = options(kernel);
            let sampler = DiffusionSampler::with_options(&on.device, &case.model, &plan, &options);
            let found = sample(on, &sampler.expect("a network that fits"), &batch);
            let what = format!("{} on {}", case.name, kernel.name());
            pass(compare(&what, &as_f64(&found), &expected, |_| limit));
        }
    }
}

/// Bit for bit: in parts of the batch, in shards of one, and with several rows to a dispatch the
/// row of a condition follows the sample's global index.
#[test]
fn a_conditioned_sample_does_not_depend_on_its_batch_on_the_kernels() {
    // With conditions, classes, gates and norms of a sample.
    for name in [
        "cep-qgpo-scorenet",
        "diffusion-point-cloud-pointwisenet",
        "trained-synthcity",
        "vibevoice-diffusion-head",
    ] {
        let case = Case::load(name.to_owned());
        let plan = case.plan(4, 1.0);
        let dims = case.model.dims();
        let batch = case.batch();
        for kernel in KERNELS {
            let mut options = options(kernel);
            let whole = sampler(&case.model, &plan, &options);
            let all = sample(test_device(), &whole, &batch);
            for range in [0..1, 2..3, 1..6, 5..6] {
                let part = sample(test_device(), &whole, &batch.part(range.clone()));
                let own = &all[range.start * dims..range.end * dims];
                assert_eq!(part, own, "{} on {}", case.name, kernel.name());
            }
            options.shard_samples = NonZeroUsize::new(2);
            options.rows_per_dispatch = NonZeroUsize::new(2);
            let sharded = sampler(&case.model, &plan, &options);
            let found = sample(test_device(), &sharded, &batch);
            let what = format!("{} in shards on {}", case.name, kernel.name());
            // Several rows a dispatch are another text, which a compiler may round otherwise.
            let limit = 1e-5 * largest(&as_f64(&all));
            pass(compare(&what, &as_f64(&found), &as_f64(&all), |_| limit));
            options.rows_per_dispatch = None;
            let sharded = sampler(&case.model, &plan, &options);
            assert_eq!(sample(test_device(), &sharded, &batch), all, "{what}");
        }
    }
}

/// What a workgroup cannot hold is refused, and the message names the register and the limit.
#[test]
fn registers_too_wide_for_a_workgroup_are_named() {
    let wide = r#"{"architecture": "layers", "sample_shape": [2], "ops": [
        {"op": "linear", "out": "broad", "in": "x", "weight": "a"},
        {"op": "act", "out": "active", "in": "broad", "function": "sin"},
        {"op": "norm", "out": "normal", "in": "active", "kind": "layer"},
        {"op": "linear", "out": "out", "in": "normal", "weight": "b"}]}"#;
    let values = vec![0_u8; 4 * 2 * 9000];
    let view =
        |shape| safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape, &values);
    let tensors = [("a", view(vec![9000, 2])), ("b", view(vec![2, 9000]))];
    let tensors = tensors.map(|(name, view)| (name, view.expect("bytes of the shape")));
    let file = safetensors::serialize(tensors, None).expect("tensors");
    let scheduler = r#"{"_class_name": "DDIMScheduler", "num_train_timesteps": 10,
        "beta_schedule": "linear", "beta_start": 0.01, "beta_end": 0.1, "clip_sample": false}"#;
    let model = Model::from_parts("wide", wide, scheduler, &file).expect("a model");
    let plan = Plan::ddim(model.scheduler())
        .steps(2)
        .build()
        .expect("a plan");
    let device = &test_device().device;
    let made = DiffusionSampler::with_options(device, &model, &plan, &options(Kernel::ProgramStep));
    let error = made.expect_err("18,000 columns");
    assert!(
        matches!(error, SamplerError::RegistersTooWide { .. }),
        "{error}"
    );
    let message = error.to_string();
    for part in [
        "normal",
        "9000",
        "72008",
        "max_compute_workgroup_storage_size",
        "16384",
    ] {
        assert!(message.contains(part), "{message}");
    }
    // The kernel for software drivers has no such limit.
    sampler(&model, &plan, &options(Kernel::ProgramStepSerial));
}

/// A level between two that the network has rows for is an error of the plan, on every way in.
#[test]
fn a_level_that_cannot_be_looked_up_is_an_error() {
    let model = Model::load(path("networks").join("card-acids-ircam-gate-table")).expect("a model");
    let whole = Plan::ddim(model.scheduler())
        .steps(7)
        .build()
        .expect("a plan");
    model.check_plan(&whole).expect("whole levels");
    let between = Plan::ddim(model.scheduler())
        .steps(7)
        .spacing(LevelSpacing::Karras);
    let between = between.build().expect("a plan");
    let refused = model.check_plan(&between).expect_err("a level between two");
    assert!(matches!(refused, PlanError::BetweenLevels { .. }));
    assert!(
        refused.to_string().contains("looks its level up in a"),
        "{refused}"
    );
    let TestDevice { device, queue, .. } = test_device();
    let made = DiffusionSampler::new(device, &model, &between);
    assert!(matches!(made, Err(SamplerError::Plan(_))), "{made:?}");
    let mut sampler = DiffusionSampler::new(device, &model, &whole).expect("a sampler");
    let replaced = sampler.set_plan(queue, &between);
    assert!(
        matches!(replaced, Err(SamplerError::Plan(_))),
        "{replaced:?}"
    );
    let opened = Session::new(&Backend::cpu().expect("the engine"), &model, &between);
    assert!(matches!(opened, Err(SessionError::Plan(_))));
}
