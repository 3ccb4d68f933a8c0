//! `verify`: passes on a sound device and a host's own, and fails by name when one
//! operator of a kernel is another.

use ddim_wgpu::gpu::{Fault, Kernel, Precision};
use ddim_wgpu::verify::{self, Check, Options, Report, Verdict};

use crate::common::compute::{TestDevice, featured_device, poll_until_done, test_device};

/// The test device is a host's: default limits, no features.
fn report(options: &Options) -> Report {
    let TestDevice { device, queue, .. } = test_device();
    assert_eq!(device.features(), wgpu::Features::empty());
    verify::device_with(device, queue, options, |_| {}).expect("a report")
}

/// As in a browser: nothing blocks, and whoever owns the device polls it.
#[test]
fn a_host_that_polls_awaits_the_report() {
    let TestDevice { device, queue, .. } = test_device();
    let mut options = Options::default();
    options.only = Some(Kernel::UpdateStep);
    let mut heard = Vec::new();
    let report = poll_until_done(
        device,
        verify::device_async(device, queue, &options, |check| {
            heard.push(check.name.clone());
        }),
    );
    let report = report.expect("a report");
    assert!(report.passed(), "{report}");
    assert_eq!(heard, names(&report));
    let blocking = verify::device_with(device, queue, &options, |_| {}).expect("a report");
    assert_eq!(names(&report), names(&blocking));
}

fn names(report: &Report) -> Vec<&str> {
    report
        .checks
        .iter()
        .map(|check| check.name.as_str())
        .collect()
}

#[test]
fn a_sound_device_passes() {
    let software = test_device().info.device_type == wgpu::DeviceType::Cpu;
    let report = report(&Options::default());
    assert!(report.passed(), "{report}");
    for kernel in Kernel::ALL {
        assert!(names(&report).contains(&kernel.name()), "{report}");
    }
    for check in &report.checks {
        // A device without features cannot store f16, has no matrix units, and is
        // not said to have passed.
        let needs_feature = check.name.ends_with(", f16") || check.name.contains("_step_matrix");
        // Verified by name where the driver does not run on a CPU.
        let unused = check.name == "mlp_step_serial" && !software;
        let expected = match (needs_feature, unused) {
            (true, _) => Verdict::NotOffered,
            (_, true) => Verdict::NotUsed,
            _ => Verdict::Passed,
        };
        assert_eq!(check.verdict, expected, "{check:?}");
        let compared = check.cases > 1 || check.name == "noise hash";
        assert_eq!(compared, expected == Verdict::Passed, "{check:?}");
    }
    assert!(
        report
            .to_string()
            .contains("11 need what this device does not offer"),
        "{report}"
    );
    // Networks round differently on a device; were all the same, a thing would have
    // been compared with itself.
    let mlp = report.checks.iter().find(|check| check.name == "mlp_step");
    assert!(mlp.is_some_and(|check| check.worst > 0.0), "{report}");
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).expect("JSON");
    assert_eq!(json["passed"], true);
    assert_eq!(json["noise_hash"], "0x1AB4A1B9413780C0");
    assert_eq!(
        json["checks"].as_array().map(Vec::len),
        Some(report.checks.len())
    );
    assert!(json["limits"]["max_compute_workgroup_storage_size"].is_u64());
}

/// The kernels stored as f16 alone, with faults, on a device with every feature there is;
/// none if it cannot store f16.
fn half(fault: Option<(Kernel, &'static str, &'static str)>) -> Option<Report> {
    let TestDevice { device, queue, .. } = featured_device();
    let mut options = Options::default();
    options.precision = Some(Precision::Half);
    options.fault = fault.map(planted);
    options.only = fault.map(|(kernel, _, _)| kernel);
    let report = verify::device_with(device, queue, &options, |_| {}).expect("a report");
    if device.features().contains(wgpu::Features::SHADER_F16) {
        return Some(report);
    }
    let not_offered = |check: &Check| check.verdict == Verdict::NotOffered;
    assert!(
        !report.checks.is_empty() && report.checks.iter().all(not_offered),
        "{report}"
    );
    None
}

#[test]
fn weights_stored_as_f16_pass_where_the_device_can() {
    let Some(report) = half(None) else { return };
    assert_eq!(
        names(&report),
        [
            "mlp_step, f16",
            "mlp_step_serial, f16",
            "mlp_step_split, f16",
            "mlp_step_matrix, f16",
            "program_step, f16",
            "program_step_serial, f16",
            "program_step_matrix, f16",
            "batches of mlp_step_matrix",
            "batches of program_step_matrix",
        ]
    );
    let (matrix, others): (Vec<_>, Vec<_>) = report
        .checks
        .iter()
        .partition(|check| check.name.contains("_step_matrix"));
    // The test device was opened without matrix units.
    assert!(
        matrix
            .iter()
            .all(|check| check.verdict == Verdict::NotOffered),
        "{report}"
    );
    for check in others {
        assert_eq!(check.verdict, Verdict::Passed, "{report}");
        assert!(check.cases > 1 && check.worst > 0.0, "{check:?}");
    }
}

/// In what only the texts with f16 have.
#[test]
fn a_fault_in_storing_f16_is_found() {
    for (kernel, from, to) in [
        // Only `mlp_step` stores activations.
        (
            Kernel::MlpStep,
            "vec4<f16>(clamp(v, ",
            "vec4<f16>(clamp(0.98 * v, ",
        ),
        (
            Kernel::MlpStepSerial,
            "return vec4<f32>(v);",
            "return vec4<f32>(v.xyzz);",
        ),
        (
            Kernel::ProgramStep,
            "return vec4<f32>(v);",
            "return vec4<f32>(v.xyzz);",
        ),
        (
            Kernel::ProgramStepSerial,
            "return vec4<f32>(v);",
            "return vec4<f32>(v.xyzz);",
        ),
    ] {
        let Some(report) = half(Some((kernel, from, to))) else {
            return;
        };
        let failed: Vec<&str> = report.failures().map(|check| check.name.as_str()).collect();
        let name = format!("{}, f16", kernel.name());
        assert_eq!(failed, [name], "{from:?} → {to:?}: {report}");
    }
}

#[test]
fn the_native_engine_passes() {
    let report = verify::engine();
    assert!(report.passed(), "{report}");
    assert!(
        report.checks.iter().any(|check| check.worst > 0.0),
        "{report}"
    );
}

/// A fault in a kernel: text, and what takes its place.
fn planted((kernel, from, to): (Kernel, &'static str, &'static str)) -> Fault {
    Fault {
        kernel: Some(kernel),
        from,
        to,
    }
}

/// The report of one kernel in whose text `from` is `to`.
fn sabotaged(kernel: Kernel, from: &'static str, to: &'static str) -> Report {
    let mut options = Options::default();
    options.only = Some(kernel);
    options.fault = Some(planted((kernel, from, to)));
    report(&options)
}

#[track_caller]
fn assert_found(kernel: Kernel, from: &'static str, to: &'static str) {
    let report = sabotaged(kernel, from, to);
    let failed: Vec<&Check> = report.failures().collect();
    let named = failed.iter().any(|check| check.name == kernel.name());
    assert!(named, "{}, {from:?} → {to:?}: {report}", kernel.name());
    assert!(
        failed.iter().all(|check| check.detail.is_some()),
        "{report}"
    );
    assert!(report.to_string().contains(kernel.name()), "{report}");
}

/// One operator, in every kernel. A new kernel needs a fault here.
#[test]
fn one_operator_in_any_kernel_is_found() {
    // Matrix units are for the few devices that have them: see kernels/matrix.rs and
    // kernels/matrix_programs.rs.
    let everywhere = |kernel: &Kernel| !kernel.takes_matrix_units();
    for kernel in Kernel::ALL.into_iter().filter(everywhere) {
        let faults: &[(&str, &str)] = match kernel {
            Kernel::InitNoise => &[
                ("run.first_sample.x + local", "run.first_sample.x - local"),
                ("let quad = index % QUADS", "let quad = index / QUADS"),
            ],
            Kernel::ThresholdStep => &[
                (") > step.threshold_rank", ") >= step.threshold_rank"),
                (
                    "quad) + step.threshold_scale",
                    "quad) - step.threshold_scale",
                ),
            ],
            Kernel::MaskStep => &[
                ("(1.0 - mask) * kept", "(1.0 + mask) * kept"),
                (
                    "step.inpaint_noise_scale * normals4",
                    "step.inpaint_noise_scale + normals4",
                ),
            ],
            Kernel::UpdateStep => &[
                ("step.eps_scale * eps", "step.eps_scale + eps"),
                (
                    "step.history_scale * history",
                    "step.history_scale - history",
                ),
            ],
            Kernel::PredictStep => &[("step.eps_scale * eps", "step.eps_scale + eps")],
            Kernel::MlpStep => &[
                ("h_0[1] * w_0_1", "h_0[1] + w_0_1"),
                ("(1.0 + exp(min(-v", "(1.0 - exp(min(-v"),
            ],
            Kernel::MlpStepSerial => &[("(CLASS_ROWS + step.row)", "(CLASS_ROWS - step.row)")],
            Kernel::MlpStepSplit => &[
                ("acc_1 += h_1[1] * w_1", "acc_1 += h_1[1] + w_1"),
                ("sum += sums[own_row]", "sum -= sums[own_row]"),
            ],
            // One in every operation, in what they share and in how results are combined.
            Kernel::ProgramStep => &[
                ("acc_0_0_1 += value_0", "acc_0_0_1 -= value_0"),
                ("load(out + c) + combine", "load(out + c) - combine"),
                (
                    "value += read_slice(residual, c)",
                    "value -= read_slice(residual, c)",
                ),
                ("sum += number(slice + 2u)", "sum -= number(slice + 2u)"),
                (
                    "left, program[op + 4u], c) * factor",
                    "left, program[op + 4u], c) + factor",
                ),
                (
                    "value * number(program[op + 5u] + c)",
                    "value + number(program[op + 5u] + c)",
                ),
                ("mean += load(input", "mean -= load(input"),
                ("squares += offset * offset", "squares += offset + offset"),
                ("u32(place >= count)", "u32(place > count)"),
                ("share * load(RESULT_AT", "share + load(RESULT_AT"),
                ("let n = e * (e + 2.0)", "let n = e * (e - 2.0)"),
                ("* SAMPLE_LEN;", "/ SAMPLE_LEN;"),
            ],
            Kernel::ProgramStepSerial => &[
                ("scratch_at + column * WORKGROUP]", "scratch_at + column]"),
                ("min(k + 0u, inner - 1u)", "min(k + 1u, inner - 1u)"),
            ],
            Kernel::ToRgba8 => &[(
                "clamp(value, -1.0, 1.0) + 128.0",
                "clamp(value, -1.0, 1.0) - 128.0",
            )],
            Kernel::ToRgba16F => &[("0.5 * pixel.rgb + 0.5", "0.5 * pixel.rgb - 0.5")],
            _ => panic!("no fault to plant in {}", kernel.name()),
        };
        for (from, to) in faults {
            assert_found(kernel, from, to);
        }
    }
}

/// A text that does not compile is a failed check with the compiler's message, and no panic.
#[test]
fn a_kernel_that_does_not_compile_is_a_failed_check() {
    let report = sabotaged(
        Kernel::UpdateStep,
        "step.eps_scale * eps",
        "step.eps_scale * epsilon",
    );
    let check = report.failures().next().expect("a failure");
    assert_eq!(
        (check.name.as_str(), check.verdict),
        ("update_step", Verdict::Failed)
    );
    let detail = check.detail.as_deref().expect("the message");
    assert!(
        detail.contains("ddim.update_step") && detail.contains("epsilon"),
        "{detail}"
    );
}
