//! Faults that need no shell to be made: values that are no numbers, drivers and devices that are
//! not what was asked for. `faults.rs` has those that do.

use super::{Scratch, command, ddim, ddim_line, first_device, model, run};

/// Nothing of a run that gives no number is written, and nobody misses it by being quiet.
#[test]
fn a_run_without_a_finite_value_is_a_failure() {
    let scratch = Scratch::new();
    let sample =
        "sample --quiet --device cpu --count 2 --steps 20 --guidance 1e30 --class 3 --output";
    let sample = |output: &str| ddim(sample.split(' ').chain([output]));
    for name in ["nan.png", "nan.npy", "nan.gif"] {
        sample(&scratch.file(name)).fails(1, "finite");
    }
    assert_eq!(scratch.entries(), [""; 0]);
    let outcome = sample("-");
    outcome.fails(1, "finite");
    assert!(outcome.stdout.is_empty());
}

/// wgpu passes over names that it does not know, which would leave the CPU engine without a word.
#[test]
fn a_misspelt_backend_is_wrong_usage() {
    for (names, unknown) in [
        ("nonsense", "nonsense"),
        ("vulkan,metl", "metl"),
        ("", "\"\""),
    ] {
        let mut devices = command();
        devices.env("WGPU_BACKEND", names).arg("devices");
        run(&mut devices).fails(2, "WGPU_BACKEND").says(unknown);
    }
    let mut devices = command();
    devices.env("WGPU_BACKEND", "Vulkan, gl").arg("devices");
    run(&mut devices).success();
}

/// The driver is listed and then gone, as when a card is unplugged.
#[test]
fn an_adapter_that_disappears_is_no_such_device() {
    let listed = ddim_line("devices --json").json();
    let name = listed[0]["name"].as_str().expect("a name");
    let scratch = Scratch::new();
    let output = scratch.file("out.npy");
    let mut command = command();
    command
        .env("WGPU_BACKEND", "vulkan")
        .env("VK_DRIVER_FILES", "/nonexistent.json")
        .env("VK_ICD_FILENAMES", "/nonexistent.json")
        .args([
            "noise", "--count", "1", "--dims", "1", "--device", name, "--output", &output,
        ]);
    if name != "cpu" {
        run(&mut command).fails(3, name);
        assert_eq!(scratch.entries(), [""; 0]);
    }
}

#[test]
fn a_device_that_does_not_answer_in_time_is_lost() {
    let Some(device) = first_device() else { return };
    let scratch = Scratch::new();
    let output = scratch.file("out.npy");
    let mut command = command();
    let model = model("images");
    command
        .args([
            "sample",
            "--quiet",
            "--device",
            &device,
            "--timeout",
            "0.000001",
        ])
        .args([
            "--count", "20000", "--steps", "5", "--model", &model, "--output", &output,
        ]);
    run(&mut command).fails(5, "did not answer within 0.000001 s");
    assert_eq!(scratch.entries(), [""; 0]);
    let zero = ddim_line("noise --timeout 0 --count 1 --dims 1 --output x.npy");
    zero.fails(2, "--timeout");
}
