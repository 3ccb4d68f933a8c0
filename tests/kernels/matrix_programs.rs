//! The kernel of programs for matrix units: as text anywhere; on a device that has units, the
//! networks of other authors on it.

use std::num::NonZeroUsize;

use ddim_wgpu::Batch;
use ddim_wgpu::cpu::{ProgramTwin, program_step};
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::gpu::{
    DiffusionSampler, Fault, Kernel, Precision, SamplerError, SamplerOptions, headless, wgsl,
};
use ddim_wgpu::network::Model;
use ddim_wgpu::verify;
use naga::valid::Capabilities;

use super::bits;
use super::matrix::{offered, target};
use super::shaders::validate_with;
use crate::common::compute::test_device;
use crate::common::goldens::{compare, largest, must_fail, pass, path};
use crate::networks::{BOUND, Case, as_f64, step_of};

/// A device opened with its units, and options that name them and the kernel.
struct OnUnits {
    device: wgpu::Device,
    queue: wgpu::Queue,
    options: SamplerOptions,
}

impl OnUnits {
    fn all() -> impl Iterator<Item = Self> {
        offered().into_iter().map(|(adapter, units)| {
            let (device, queue) = headless::open_experimental(&adapter).expect("a device");
            let mut options = SamplerOptions::default();
            options.precision = units.precision();
            options.matrix_units = Some(units);
            options.mlp_kernel = Some(Kernel::ProgramStepMatrix);
            options.row_capacity = NonZeroUsize::new(50);
            Self {
                device,
                queue,
                options,
            }
        })
    }

    fn sampler(&self, model: &Model, plan: &Plan) -> Result<DiffusionSampler, SamplerError> {
        let sampler = DiffusionSampler::with_options(&self.device, model, plan, &self.options);
        if let Ok(sampler) = &sampler {
            assert_eq!(sampler.kernel(), Kernel::ProgramStepMatrix);
        }
        sampler
    }

    fn sample(&self, sampler: &DiffusionSampler, batch: &Batch) -> Vec<f32> {
        let Self { device, queue, .. } = self;
        let run = sampler.prepare(device, queue, batch).expect("a run");
        let mut encoder = device.create_command_encoder(&Default::default());
        sampler.encode(&mut encoder, &run, 0..sampler.len());
        queue.submit([encoder.finish()]);
        run.read_blocking(device, queue).expect("samples")
    }

    /// The twin that rounds as the units' factors are stored.
    fn twin(&self, model: &Model, plan: &Plan) -> ProgramTwin {
        let twin = ProgramTwin::new(model, plan);
        match self.options.precision {
            Precision::Half => twin.in_f16(),
            Precision::Single => twin,
        }
    }
}

fn furthest(a: &[f64], b: &[f64]) -> f64 {
    a.iter()
        .zip(b)
        .fold(0.0, |most, (a, b)| f64::max(most, (a - b).abs()))
}

/// A run may differ from that of the twin whose factors are rounded too where a sum falls on the
/// other side of the middle, and what is made of it is rounded to the other neighbour: 5e-4 to 1e-3
/// of that value. Relative to the largest of the samples; drivers are seen to round to the nearest.
const OTHER_NEIGHBOUR: f64 = 1e-3;

/// With the conditions and classes of the networks' own calls. Without noise also against what float64
/// makes of them: by no more than rounding the factors does to the twin, twice over, beside what
/// runs in f32 may differ by.
#[test]
fn networks_of_other_authors_run_on_units_as_rounding_twins_do() {
    for on in OnUnits::all() {
        for case in Case::all() {
            let first = case.plan(10, 0.0);
            let sampler = on.sampler(&case.model, &first);
            let mut sampler = sampler.expect("a network that fits");
            for (steps, eta) in [(10, 0.0), (50, 0.0), (10, 1.0), (50, 1.0)] {
                let plan = case.plan(steps, eta);
                let made = sampler.set_plan(&on.queue, &plan);
                made.expect("room for the plan");
                let mut found = on.sample(&sampler, &case.batch().seed(3));
                let what = format!("{} in {steps} steps, eta {eta}", case.name);
                let rounded = case.by_twin(&plan, &on.twin(&case.model, &plan));
                let largest = largest(&rounded);
                let limit = OTHER_NEIGHBOUR * largest;
                pass(compare(&what, &as_f64(&found), &rounded, |_| limit));
                if eta == 0.0 {
                    let exact = case.by_twin(&plan, &ProgramTwin::new(&case.model, &plan));
                    let effect = furthest(&exact, &rounded);
                    let golden = case.golden.get(&format!("decoded.{steps}")).values;
                    let within = |_| 2.0 * effect + BOUND * largest;
                    pass(compare(&what, &as_f64(&found), &golden, within));
                }
                found[0] += 2.0 * limit as f32;
                let noticed = compare(&what, &as_f64(&found), &rounded, |_| limit);
                must_fail("a value off by twice the bound", noticed);
            }
        }
    }
}

/// Bit for bit: alone, in parts of the batch, in shards of two.
#[test]
fn a_sample_on_units_does_not_depend_on_its_batch() {
    for mut on in OnUnits::all() {
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
            let whole = on.sampler(&case.model, &plan).expect("a network that fits");
            let all = on.sample(&whole, &batch);
            for range in [0..1, 2..3, 1..6, 5..6] {
                let part = on.sample(&whole, &batch.part(range.clone()));
                let own = &all[range.start * dims..range.end * dims];
                assert_eq!(bits(&part), bits(own), "{name}, {range:?}");
            }
            // Rows are taken one by one, whatever is asked for.
            on.options.shard_samples = NonZeroUsize::new(2);
            on.options.rows_per_dispatch = NonZeroUsize::new(2);
            let sharded = on.sampler(&case.model, &plan).expect("a network that fits");
            let found = on.sample(&sharded, &batch);
            assert_eq!(bits(&found), bits(&all), "{name} in shards");
            (on.options.shard_samples, on.options.rows_per_dispatch) = (None, None);
        }
    }
}

/// x through a layer of this width, normalised.
fn broad(width: usize) -> Model {
    let config = r#"{"architecture": "layers", "sample_shape": [2], "ops": [
        {"op": "linear", "out": "broad", "in": "x", "weight": "a"},
        {"op": "act", "out": "active", "in": "broad", "function": "silu"},
        {"op": "linear", "out": "out", "in": "active", "weight": "b"}]}"#;
    let values: Vec<f32> = (0..2 * width).map(|i| (1.7 * i as f32).sin()).collect();
    let scaled: Vec<f32> = values.iter().map(|v| v / (width as f32).sqrt()).collect();
    let view = |shape, values: &'static [u8]| {
        safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape, values)
    };
    let bytes = |values: &[f32]| &*bytemuck::cast_slice(values).to_vec().leak();
    let tensors = [
        ("a", view(vec![width, 2], bytes(&values))),
        ("b", view(vec![2, width], bytes(&scaled))),
    ];
    let tensors = tensors.map(|(name, view)| (name, view.expect("bytes of the shape")));
    let file = safetensors::serialize(tensors, None).expect("tensors");
    let scheduler = r#"{"_class_name": "DDIMScheduler", "num_train_timesteps": 100,
        "beta_schedule": "linear", "beta_start": 0.001, "beta_end": 0.05, "clip_sample": false}"#;
    Model::from_parts("broad", config, scheduler, &file).expect("a model")
}

/// A layer of more squares than the sums of a workgroup: it is made in several rounds.
#[test]
fn a_layer_wider_than_the_sums_is_made_in_rounds() {
    for on in OnUnits::all() {
        let model = broad(600);
        let plan = super::plan(model.scheduler(), 1, 0.0);
        let noise: Vec<f32> = (0..2 * 37).map(|i| (i as f32).cos()).collect();
        let sampler = on.sampler(&model, &plan);
        let memory = on.device.limits().max_compute_workgroup_storage_size;
        if memory < 48 << 10 && !matches!(on.options.matrix_units, Some(units) if units.size() == 8)
        {
            assert!(matches!(
                sampler,
                Err(SamplerError::MatrixTileTooWide { .. })
            ));
            continue;
        }
        let sampler = sampler.expect("a network that fits");
        let found = on.sample(&sampler, &Batch::new(37).initial(noise.clone()));
        let twin = on.twin(&model, &plan);
        let mut expected = noise;
        for (sample, x) in expected.chunks_exact_mut(2).enumerate() {
            program_step(
                &twin,
                &plan,
                step_of(0, None, sample),
                &[],
                x,
                &mut vec![0.0; 2],
            );
        }
        let expected = as_f64(&expected);
        let limit = 2e-3 * largest(&expected);
        pass(compare("600 wide", &as_f64(&found), &expected, |_| limit));
    }
}

/// One in what the text has of its own, in what operations share, and in an operation; each is found
/// by `verify` and keeps the units from use.
#[test]
fn faults_in_the_kernel_of_programs_are_found() {
    for on in OnUnits::all() {
        for (from, to) in [
            (
                "coopMultiplyAdd(left_0, right_0, sum_0_0)",
                "coopMultiplyAdd(left_0, right_0, Sum())",
            ),
            ("first + c * SUBGROUPS + subgroup", "first + c * SUBGROUPS"),
            ("start * squares * SIZE", "start * squares"),
            ("(out + square * SIZE) * TILE", "(out + square) * TILE"),
            ("narrow(values[1])", "narrow(values[0])"),
            ("row_group * SAMPLES;", "column_group * SAMPLES;"),
            ("load(out + c) + combine", "load(out + c) - combine"),
            (
                "value += read_slice(residual, c)",
                "value -= read_slice(residual, c)",
            ),
            ("squares += offset * offset", "squares += offset + offset"),
            ("share * load(RESULT_AT", "share + load(RESULT_AT"),
        ] {
            let mut options = verify::Options::default();
            options.only = Some(Kernel::ProgramStepMatrix);
            options.matrix_units = on.options.matrix_units.into_iter().collect();
            options.fault = Some(Fault {
                kernel: Some(Kernel::ProgramStepMatrix),
                from,
                to,
            });
            let report = verify::device_with(&on.device, &on.queue, &options, |_| {});
            let report = report.expect("a report");
            let mut failed = report.failures();
            let named = failed.any(|check| check.name.starts_with("program_step_matrix"));
            assert!(named, "{from:?} → {to:?}: {report}");
        }
    }
}

#[test]
fn texts_are_valid_for_every_network_unit_and_subgroup() {
    for (size, lanes, half) in [(16, 32, true), (16, 64, true), (8, 8, true), (8, 32, false)] {
        let mut needed = Capabilities::COOPERATIVE_MATRIX | Capabilities::SUBGROUP;
        needed.set(Capabilities::SHADER_FLOAT16, half);
        let mut target = target(size, lanes, half);
        target.limits.max_compute_workgroup_storage_size = 48 << 10;
        for case in Case::all() {
            let texts = wgsl(&case.model, Kernel::ProgramStepMatrix, &target).expect("texts");
            let own = texts
                .iter()
                .filter(|(kernel, _)| *kernel == Kernel::ProgramStepMatrix);
            // Rows are taken one by one.
            assert_eq!(own.clone().count(), 1, "{}", case.name);
            for (_, text) in own {
                let module = validate_with(text, needed)
                    .unwrap_or_else(|error| panic!("{}: {error}", case.name));
                let group = module.entry_points[0].workgroup_size;
                assert!(
                    group[0].is_multiple_of(lanes) && group[0] <= 256,
                    "{group:?} of {lanes} lanes"
                );
                assert!(!text.contains("${") && !text.contains("//@"), "{text}");
            }
        }
    }
}

#[test]
fn what_does_not_fit_names_the_register_and_the_limit() {
    let target = target(16, 32, true);
    let made = wgsl(&broad(1000), Kernel::ProgramStepMatrix, &target);
    let error = made.expect_err("1,000 columns of 16 samples");
    assert!(
        matches!(error, SamplerError::MatrixTileTooWide { samples: 16, .. }),
        "{error}"
    );
    let message = error.to_string();
    for part in [
        "\"active\"",
        "1000 values",
        "16 samples",
        "max_compute_workgroup_storage_size of 16384",
    ] {
        assert!(message.contains(part), "{message}");
    }
    wgsl(&broad(1000), Kernel::ProgramStep, &target).expect("a kernel that has room");
}

/// Asked for by name it is an error; else the network runs on a kernel that needs no units.
#[test]
fn without_units_the_kernel_is_refused_and_no_other_is() {
    let model = Model::load(path("networks/diffusion-ql-mlp")).expect("a fixture");
    let plan = super::plan(model.scheduler(), 2, 0.0);
    let device = &test_device().device;
    let mut options = SamplerOptions::default();
    options.mlp_kernel = Some(Kernel::ProgramStepMatrix);
    let refused = DiffusionSampler::with_options(device, &model, &plan, &options);
    let message = refused.expect_err("no units were given").to_string();
    assert!(message.contains("matrix_units"), "{message}");
    // That of the other architecture is not looked at.
    options.mlp_kernel = Some(Kernel::MlpStepMatrix);
    let sampler = DiffusionSampler::with_options(device, &model, &plan, &options);
    let kernel = sampler.expect("a sampler").kernel();
    let own = [Kernel::ProgramStep, Kernel::ProgramStepSerial];
    assert!(own.contains(&kernel), "{}", kernel.name());
}
