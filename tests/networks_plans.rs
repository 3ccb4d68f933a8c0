//! Networks of layers on the kernels with everything that a plan, a batch or a device may have
//! beside them: samplers, clipping, thresholds, inpainting, guidance over conditions, several rows a
//! dispatch, encoding, 16-bit weights. Against the CPU engine; on whichever driver the tests run.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use ddim_wgpu::cpu::CpuSampler;
use ddim_wgpu::diffusion::{
    Clipping, EncodeConvention, FinalLevel, Plan, PlanBuilder, SamplerKind, SchedulerConfig,
};
use ddim_wgpu::gpu::{DiffusionSampler, Kernel, Precision, SamplerOptions};
use ddim_wgpu::network::Model;
use ddim_wgpu::noise::fill_normals;
use ddim_wgpu::{Batch, ClassChoice, FixedPoint, Inpaint, no_progress};
use half::f16;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::common::compute::{TestDevice, featured_device, test_device};
use crate::common::goldens::{compare, largest, must_fail, pass, path};
use crate::layers_format;
use crate::networks::{Case, as_f64};
use crate::networks_gpu::{KERNELS, sample};

/// Of the largest value: f32 sums in another order, over the rows of a run.
const BOUND: f64 = 1e-4;
/// More than a workgroup's samples, and no multiple of anything.
const COUNT: usize = 67;

/// A network, and a batch with all that it needs.
struct Given {
    name: &'static str,
    model: Model,
    batch: Batch,
}

impl Given {
    fn fixture(name: &'static str) -> Self {
        let model = Model::load(path("networks").join(name)).expect("a fixture");
        Self::new(name, model)
    }

    fn new(name: &'static str, model: Model) -> Self {
        let mut batch = Batch::new(COUNT).seed(9);
        if model.num_classes().is_some() {
            batch = batch.class(ClassChoice::Cyclic);
        }
        for (draw, input) in (0..).zip(model.inputs()) {
            let mut values = vec![0.0; COUNT * input.width];
            fill_normals(4, 0, draw, &mut values);
            batch = batch.condition(input.name.as_str(), values);
        }
        Self { name, model, batch }
    }

    /// A policy's network, whose condition is an observation.
    fn policy() -> Self {
        Self::fixture("diffusion-ql-mlp")
    }

    /// A network with a class and a condition, both of which can be left out.
    fn guidable() -> Self {
        Self::new("guidable", layers_format::model())
    }

    fn plan(&self, change: impl FnOnce(PlanBuilder) -> PlanBuilder) -> Plan {
        self.plan_of(SamplerKind::Ddim, change)
    }

    fn plan_of(&self, kind: SamplerKind, change: impl FnOnce(PlanBuilder) -> PlanBuilder) -> Plan {
        let builder = Plan::sampler(self.model.scheduler(), kind).steps(7);
        change(builder).build().expect("a plan")
    }

    fn on_engine(&self, plan: &Plan, batch: &Batch) -> Vec<f32> {
        let samples = CpuSampler::new(&self.model, plan).run(batch, no_progress);
        samples.expect("a run").data
    }

    /// Compares every kernel, with one row and with three to a dispatch, with the engine.
    fn assert_kernels(&self, what: &str, plan: &Plan, batch: &Batch) {
        let expected = as_f64(&self.on_engine(plan, batch));
        let limit = BOUND * largest(&expected);
        for kernel in KERNELS {
            for rows in [1, 3] {
                let mut options = SamplerOptions::default();
                options.mlp_kernel = Some(kernel);
                options.rows_per_dispatch = NonZeroUsize::new(rows);
                let found = self.on_kernel(test_device(), plan, batch, &options);
                let what = format!("{}, {what}, {rows} rows, {}", self.name, kernel.name());
                pass(compare(&what, &as_f64(&found), &expected, |_| limit));
            }
        }
    }

    fn on_kernel(
        &self,
        on: &TestDevice,
        plan: &Plan,
        batch: &Batch,
        options: &SamplerOptions,
    ) -> Vec<f32> {
        let made = DiffusionSampler::with_options(&on.device, &self.model, plan, options);
        let sampler = made.expect("a sampler");
        assert_eq!(Some(sampler.kernel()), options.mlp_kernel);
        sample(on, &sampler, batch)
    }

    /// Sees that what was asked for is not what comes without it: else the comparison of the
    /// kernels would not notice that they leave it out.
    fn assert_it_matters(&self, what: &str, (with, without): (&Plan, &Plan), batches: [&Batch; 2]) {
        let found = as_f64(&self.on_engine(without, batches[1]));
        let expected = as_f64(&self.on_engine(with, batches[0]));
        let limit = 10.0 * BOUND * largest(&expected);
        must_fail(what, compare(what, &found, &expected, |_| limit));
    }
}

/// Those of the ring too, which look back two and three rows.
#[test]
fn every_sampler_runs_on_the_kernels() {
    let given = Given::policy();
    let ddim = given.plan(|plan| plan);
    for &kind in SamplerKind::ALL {
        let plan = given.plan_of(kind, |plan| plan);
        given.assert_kernels(kind.name(), &plan, &given.batch);
        if kind != SamplerKind::Ddim {
            let batches = [&given.batch; 2];
            given.assert_it_matters(kind.name(), (&plan, &ddim), batches);
        }
    }
}

#[test]
fn clips_and_thresholds_are_those_of_the_engine() {
    let given = Given::policy();
    let plain = given.plan(|plan| plan.eta(1.0).clipping(Clipping::None));
    let threshold = Clipping::DynamicThreshold {
        ratio: 0.6,
        max: 2.0,
    };
    type Change = fn(PlanBuilder) -> PlanBuilder;
    let changes: [(&str, Change); 4] = [
        ("clipping", |plan| plan.clipping(Clipping::Range(0.7))),
        ("re-derived noise", |plan| {
            plan.clipping(Clipping::Range(0.7)).rederive_epsilon(true)
        }),
        ("clips", |plan| {
            let plan = plan.clipping(Clipping::None).clip_noise(0.6);
            plan.clip_epsilon(0.5).clip_final(0.4)
        }),
        ("everything", |plan| {
            let plan = plan.clipping(Clipping::Range(0.7)).clip_noise(0.6);
            plan.clip_epsilon(0.5).clip_final(0.4)
        }),
    ];
    let check = |what: &str, plan: &Plan| {
        given.assert_kernels(what, plan, &given.batch);
        given.assert_it_matters(what, (plan, &plain), [&given.batch; 2]);
    };
    for (what, change) in changes {
        check(what, &given.plan(|plan| change(plan.eta(1.0))));
    }
    for kind in [SamplerKind::Ddim, SamplerKind::DpmSolverPlusPlus3M] {
        let plan = given.plan_of(kind, |plan| plan.clipping(threshold));
        check(&format!("thresholds of {kind}"), &plan);
    }
}

#[test]
fn kept_values_are_those_of_the_engine() {
    let given = Given::policy();
    let dims = given.model.dims();
    let (mut data, mut mask) = (vec![0.0; COUNT * dims], vec![1.0; COUNT * dims]);
    fill_normals(2, 0, 0, &mut data);
    for (i, mask) in mask.iter_mut().enumerate() {
        *mask = [1.0, 0.0, 0.25][i % 3];
    }
    let kept = given.batch.clone().inpaint(Inpaint::new(data, mask));
    for kind in [SamplerKind::Ddim, SamplerKind::Ddpm, SamplerKind::UniPc3] {
        let plan = given.plan_of(kind, |plan| plan);
        given.assert_kernels("inpainting", &plan, &kept);
        let batches = [&kept, &given.batch];
        given.assert_it_matters("inpainting", (&plan, &plan), batches);
    }
}

#[test]
fn guidance_over_class_and_condition_is_that_of_the_engine() {
    let given = Given::guidable();
    for kind in [SamplerKind::Ddpm, SamplerKind::Lms] {
        let plan = given.plan_of(kind, |plan| plan);
        for guidance in [0.0, 1.0, 2.5] {
            let batch = given.batch.clone().guidance(guidance);
            given.assert_kernels(&format!("guidance {guidance} of {kind}"), &plan, &batch);
        }
        let guided = given.batch.clone().guidance(2.5);
        given.assert_it_matters("guidance", (&plan, &plan), [&guided, &given.batch]);
        // One without its class, to which guidance gives the unconditional output.
        let free = guided.clone().class(ClassChoice::None);
        given.assert_kernels("guidance without a class", &plan, &free);
        given.assert_it_matters("the class", (&plan, &plan), [&guided, &free]);
    }
}

/// Encoding by either convention, whose rows lead away from the data.
#[test]
fn encoding_is_that_of_the_engine() {
    let case = Case::load("trained-smalldiffusion".to_owned());
    let given = Given::new("trained-smalldiffusion", case.model);
    let data = given.on_engine(&given.plan(|plan| plan), &given.batch);
    let batch = given.batch.clone().initial(data);
    let config = SchedulerConfig {
        final_level: FinalLevel::First,
        ..given.model.scheduler().clone()
    };
    for &convention in EncodeConvention::ALL {
        let plan = Plan::encode(config.clone(), convention).steps(12).build();
        given.assert_kernels(convention.name(), &plan.expect("a plan"), &batch);
    }
}

/// Fixed points: where the iteration has converged on both, to the same states.
#[test]
fn inversion_finds_what_the_engine_finds() {
    let case = Case::load("trained-smalldiffusion".to_owned());
    let given = Given::new("trained-smalldiffusion", case.model);
    let decode = given.plan(|plan| plan.steps(20));
    let data = given.on_engine(&decode, &given.batch);
    let batch = given.batch.clone().initial(data);
    let settings = FixedPoint {
        tolerance: 1e-5,
        evaluations: 20,
    };
    let expected = CpuSampler::new(&given.model, &decode)
        .invert(&batch, &settings, no_progress)
        .expect("an inversion");
    let TestDevice { device, queue, .. } = test_device();
    let dims = given.model.dims();
    for kernel in KERNELS {
        let mut options = SamplerOptions::default();
        options.mlp_kernel = Some(kernel);
        let made = DiffusionSampler::with_options(device, &given.model, &decode, &options);
        let go_on = |_| ControlFlow::Continue(());
        let found = made
            .expect("a sampler")
            .invert_blocking(device, queue, &batch, &settings, go_on)
            .expect("an inversion")
            .expect("not stopped");
        let scale = largest(&as_f64(&expected.data));
        let mut compared = 0;
        for i in 0..COUNT {
            if found.residual[i].max(expected.residual[i]) <= settings.tolerance {
                let own = i * dims..(i + 1) * dims;
                let [found, expected] =
                    [&found.data, &expected.data].map(|x| as_f64(&x[own.clone()]));
                let what = format!("sample {i} on {}", kernel.name());
                pass(compare(&what, &found, &expected, |_| 1e-3 * scale));
                compared += 1;
            }
        }
        assert!(compared > COUNT / 2, "{compared} of {COUNT}");
    }
}

/// As many quads as make no whole number of subgroups: with them a workgroup was once cut to size, of
/// which llvmpipe computed nonsense.
#[test]
fn widths_of_no_whole_subgroups_are_those_of_the_engine() {
    for (dims, hidden) in [(784, 64), (520, 16), (37, 21)] {
        let ops = r#"{"op": "linear", "out": "a", "in": "x", "weight": "a"},
            {"op": "act", "out": "h", "in": "a", "function": "silu"},
            {"op": "linear", "out": "out", "in": "h", "weight": "b"}"#;
        let config =
            format!(r#"{{"architecture": "layers", "sample_shape": [{dims}], "ops": [{ops}]}}"#);
        let scheduler = r#"{"_class_name": "DDIMScheduler", "num_train_timesteps": 50,
            "prediction_type": "sample", "clip_sample": false}"#;
        let tensors = [("a", [hidden, dims]), ("b", [dims, hidden])];
        let tensors = tensors.map(|(name, shape)| {
            let mut values = vec![0.0; shape[0] * shape[1]];
            fill_normals(3, shape[1] as u64, 0, &mut values);
            let scale = (shape[1] as f32).sqrt().recip();
            let bytes = values
                .iter()
                .flat_map(|value| (scale * value).to_le_bytes());
            (name, shape, bytes.collect::<Vec<u8>>())
        });
        let views = tensors.each_ref().map(|(name, shape, bytes)| {
            let view = TensorView::new(Dtype::F32, shape.to_vec(), bytes);
            (*name, view.expect("bytes of the shape"))
        });
        let file = safetensors::serialize(views, None).expect("tensors");
        let model = Model::from_parts("wide", &config, scheduler, &file).expect("a model");
        let given = Given::new("wide", model);
        let plan = given.plan(|plan| plan.eta(1.0));
        given.assert_kernels(&format!("{dims} values"), &plan, &given.batch);
    }
}

/// A model's weights as numbers of f16, which are then the same however they are stored.
fn rounded(name: &str) -> Model {
    let folder = path("networks").join(name);
    let read = |file: &str| std::fs::read(folder.join(file)).expect("a file of the fixture");
    let weights = read("model.safetensors");
    let tensors = SafeTensors::deserialize(&weights).expect("tensors");
    let rounded: Vec<(String, Vec<usize>, Vec<u8>)> = tensors
        .iter()
        .map(|(name, view)| {
            assert_eq!(view.dtype(), Dtype::F32, "{name}");
            let values = view.data().as_chunks::<4>().0.iter();
            let halves =
                values.flat_map(|&word| f16::from_f32(f32::from_le_bytes(word)).to_le_bytes());
            (name.to_owned(), view.shape().to_vec(), halves.collect())
        })
        .collect();
    let views = rounded.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(Dtype::F16, shape.clone(), bytes);
        (name, view.expect("bytes of the shape"))
    });
    let file = safetensors::serialize(views, None).expect("tensors");
    let text = |file| String::from_utf8(read(file)).expect("UTF-8");
    Model::from_parts(
        name,
        &text("config.json"),
        &text("scheduler_config.json"),
        &file,
    )
    .expect("a model")
}

/// Activations stay f32: only weights are narrowed.
#[test]
fn weights_stored_as_f16_are_rounded_and_nothing_else() {
    let name = "diffusion-ql-mlp";
    let mut options = SamplerOptions::default();
    options.precision = Precision::Half;
    let on = featured_device();
    let whole = Given::policy();
    let plan = whole.plan(|plan| plan.eta(1.0));
    if !on.device.features().contains(wgpu::Features::SHADER_F16) {
        let made = DiffusionSampler::with_options(&on.device, &whole.model, &plan, &options);
        let message = made.expect_err("a device without f16").to_string();
        assert!(message.contains("SHADER_F16"), "{message}");
        return;
    }
    let given = Given::new(name, rounded(name));
    let expected = as_f64(&given.on_engine(&plan, &given.batch));
    let limit = BOUND * largest(&expected);
    for kernel in [Kernel::ProgramStep, Kernel::ProgramStepSerial] {
        options.mlp_kernel = Some(kernel);
        let what = kernel.name();
        let found = given.on_kernel(on, &plan, &given.batch, &options);
        pass(compare(what, &as_f64(&found), &expected, |_| limit));
        // Of the weights as they came, which this rounds itself.
        let found = whole.on_kernel(on, &plan, &whole.batch, &options);
        let unrounded = as_f64(&whole.on_engine(&plan, &whole.batch));
        let near = 5e-3 * largest(&unrounded);
        pass(compare(what, &as_f64(&found), &unrounded, |_| near));
        must_fail(
            what,
            compare(what, &as_f64(&found), &unrounded, |_| limit / 10.0),
        );
    }
}
