//! The MLP's kernel for matrix units: as text anywhere, on a device where there is one that has them.

use ddim_wgpu::Batch;
use ddim_wgpu::gpu::{
    DiffusionSampler, Fault, Kernel, MatrixUnits, Precision, SamplerOptions, ShaderTarget,
    headless, wgsl,
};
use ddim_wgpu::verify::{self, matrix_units_blocking};
use naga::valid::Capabilities;

use super::shaders::validate_with;
use super::{bits, model, plan};
use crate::common::compute::test_device;
use crate::common::golden_models::GoldenModel;

/// A device with matrix units of this size, in f16 or f32.
pub(super) fn target(size: u32, lanes: u32, half: bool) -> ShaderTarget {
    let mut target = ShaderTarget::new(wgpu::Limits::default());
    (target.matrix, target.most_lanes, target.half) = (size, lanes, half);
    target
}

#[test]
fn texts_are_valid_for_every_size_of_unit_and_subgroup() {
    for (size, lanes, half) in [
        (16, 32, true),
        (16, 64, true),
        (8, 8, true),
        (8, 32, false),
        (16, 16, false),
    ] {
        let mut needed = Capabilities::COOPERATIVE_MATRIX | Capabilities::SUBGROUP;
        needed.set(Capabilities::SHADER_FLOAT16, half);
        for golden in GoldenModel::all() {
            let mlp = golden.files.load().expect("a model");
            let target = target(size, lanes, half);
            let texts = wgsl(&mlp, Kernel::MlpStepMatrix, &target).expect("texts");
            let of_kernel = texts
                .iter()
                .filter(|(kernel, _)| *kernel == Kernel::MlpStepMatrix);
            for (_, text) in of_kernel {
                let module = validate_with(text, needed)
                    .unwrap_or_else(|error| panic!("{}: {error}", golden.name));
                let group = module.entry_points[0].workgroup_size;
                assert!(
                    group[0].is_multiple_of(lanes) && group[0] <= 256,
                    "{group:?} of {lanes} lanes"
                );
            }
        }
    }
}

#[test]
fn they_are_used_only_where_they_were_asked_for() {
    let mlp = model("points");
    let plan = plan(mlp.scheduler(), 2, 0.0);
    let mut options = SamplerOptions::default();
    options.mlp_kernel = Some(Kernel::MlpStepMatrix);
    let refused = DiffusionSampler::with_options(&test_device().device, &mlp, &plan, &options);
    let message = refused.expect_err("no units were given").to_string();
    assert!(message.contains("matrix_units"), "{message}");
    let without = wgsl(
        &mlp,
        Kernel::MlpStepMatrix,
        &ShaderTarget::new(wgpu::Limits::default()),
    );
    assert!(without.is_err());
}

/// The adapter under test, if it has units: which, and in what precision. `scripts/matrix.sh` runs
/// the tests on one that has, and asks for it by `DDIM_MATRIX_UNITS=required`.
pub(super) fn offered() -> Vec<(wgpu::Adapter, MatrixUnits)> {
    let name = &test_device().info.name;
    let offered: Vec<_> = headless::adapters()
        .into_iter()
        .filter(|adapter| adapter.get_info().name == *name)
        .flat_map(|adapter| {
            [Precision::Single, Precision::Half]
                .into_iter()
                .filter_map(move |precision| {
                    let units = MatrixUnits::offered(&adapter, precision)?;
                    Some((adapter.clone(), units))
                })
        })
        .collect();
    let required = std::env::var("DDIM_MATRIX_UNITS").is_ok_and(|value| value == "required");
    assert!(
        !required || !offered.is_empty(),
        "{name} has no matrix units"
    );
    offered
}

#[test]
fn a_device_with_units_passes_their_test_and_samples_alike() {
    for (adapter, units) in offered() {
        let (device, queue) = headless::open_experimental(&adapter).expect("a device");
        let tested = matrix_units_blocking(&adapter, &device, &queue, units.precision());
        assert_eq!(tested.expect("a verdict"), Some(units));

        let mlp = model("images");
        let plan = plan(mlp.scheduler(), 5, 1.0);
        let mut options = SamplerOptions::default();
        options.precision = units.precision();
        let sample = |options: &SamplerOptions, batch: &Batch| {
            let sampler =
                DiffusionSampler::with_options(&device, &mlp, &plan, options).expect("a sampler");
            let run = sampler.prepare(&device, &queue, batch).expect("a run");
            let mut encoder = device.create_command_encoder(&Default::default());
            sampler.encode(&mut encoder, &run, 0..plan.len());
            queue.submit([encoder.finish()]);
            (
                sampler.kernel(),
                run.read_blocking(&device, &queue).expect("samples"),
            )
        };
        let batch = |count, offset| Batch::new(count).seed(8).sample_offset(offset);
        options.mlp_kernel = Some(Kernel::MlpStep);
        let (_, expected) = sample(&options, &batch(70, 0));
        options.matrix_units = Some(units);
        options.mlp_kernel = Some(Kernel::MlpStepMatrix);
        let (kernel, found) = sample(&options, &batch(70, 0));
        assert_eq!(kernel, Kernel::MlpStepMatrix);
        let largest = expected.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
        for (found, expected) in found.iter().zip(&expected) {
            let error = (found - expected).abs() / largest;
            assert!(error < 5e-3, "{found}, by mlp_step {expected}");
        }
        // A sample does not depend on its batch.
        let (_, part) = sample(&options, &batch(9, 60));
        assert_eq!(
            bits(&part),
            bits(&found[60 * mlp.dims()..][..9 * mlp.dims()])
        );
    }
}

#[test]
fn a_fault_in_the_kernel_keeps_the_units_from_use() {
    for (adapter, units) in offered() {
        let (device, queue) = headless::open_experimental(&adapter).expect("a device");
        for (from, to) in [
            (
                "coopMultiplyAdd(left, right, sum)",
                "coopMultiplyAdd(left, right, Sum())",
            ),
            ("c * SUBGROUPS + subgroup", "c * SUBGROUPS - subgroup"),
        ] {
            let mut options = verify::Options::default();
            options.only = Some(Kernel::MlpStepMatrix);
            options.matrix_units = vec![units];
            options.fault = Some(Fault {
                kernel: Some(Kernel::MlpStepMatrix),
                from,
                to,
            });
            let report = verify::device_with(&device, &queue, &options, |_| {});
            let report = report.expect("a report");
            assert!(!report.passed(), "{from:?} → {to:?}: {report}");
        }
    }
}

/// Where a device has subgroups of several sizes, kernels are composed for the largest, and the driver may make
/// others: so are those of half the size here, in workgroups of twice the invocations.
#[test]
fn subgroups_may_be_smaller_than_composed_for() {
    for (adapter, units) in offered() {
        let (device, queue) = headless::open_experimental(&adapter).expect("a device");
        for kernel in [Kernel::MlpStepMatrix, Kernel::ProgramStepMatrix] {
            let mut options = verify::Options::default();
            options.only = Some(kernel);
            options.matrix_units = vec![units];
            options.fault = Some(Fault {
                kernel: Some(kernel),
                from: "const WORKGROUP: u32 = ",
                to: "const WORKGROUP: u32 = 2u * ",
            });
            let report = verify::device_with(&device, &queue, &options, |_| {});
            let report = report.expect("a report");
            assert!(report.passed(), "{kernel:?}: {report}");
        }
    }
}
