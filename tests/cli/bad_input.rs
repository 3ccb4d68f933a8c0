//! Everything that can be wrong with what a user gives: one line, the
//! contracted exit code, and no file.

use std::fs;

use serde_json::{Value, json};

use super::{Outcome, Scratch, ddim, ddim_line, model};

/// A failure as the contract has it: `code`, one line that contains `message`,
/// nothing on standard output.
#[track_caller]
fn assert_fails(outcome: &Outcome, code: i32, message: &str) {
    outcome.fails(code, message);
    let Outcome { stderr, stdout, .. } = outcome;
    assert_eq!(stderr.lines().count(), 1, "not one line: {stderr}");
    assert!(stderr.starts_with("error: "), "{stderr}");
    assert!(stdout.is_empty(), "something on standard output");
}

/// Samples from `model` with further `options`, which must fail and leave nothing
/// in the output's directory.
#[track_caller]
fn assert_sample_fails(model: &str, options: &str, code: i32, message: &str) {
    let scratch = Scratch::new();
    let output = scratch.file("out.npy");
    let fixed = [
        "sample", "--quiet", "--device", "cpu", "--count", "2", "--model", model, "--output",
        &output,
    ];
    let outcome = ddim(fixed.into_iter().chain(options.split_whitespace()));
    assert_fails(&outcome, code, message);
    assert_eq!(scratch.entries(), [""; 0], "left behind by {options}");
}

#[test]
fn options_that_cannot_be() {
    let images = model("images");
    let points = model("points");
    for (model, options, message) in [
        (&images, "--steps 0", "0 steps"),
        (
            &images,
            "--steps 1001",
            "1001 steps: the schedule has only 1000 levels",
        ),
        (&images, "--steps -3", "'-3'"),
        (&images, "--steps many", "'many'"),
        (&images, "--timesteps 1,2,3", "timestep 2 at position 1"),
        (&images, "--timesteps 500,500", "timestep 500 at position 1"),
        (&images, "--timesteps 1000,1", "1000"),
        (&images, "--timesteps 10,x", "'x'"),
        (&images, "--timesteps 10 --spacing linspace", "a spacing"),
        (&images, "--spacing sideways", "'sideways'"),
        (&images, "--eta -0.1", "eta is -0.1"),
        (&images, "--eta nan", "eta is NaN"),
        (&images, "--eta 9 --steps 10", "sigma^2 is"),
        (&images, "--class 10", "class 10 does not exist"),
        (&images, "--class -1", "'-1'"),
        (&images, "--class cat", "'cat'"),
        (&images, "--guidance 3", "guidance 3"),
        (&images, "--guidance inf --class 1", "guidance is inf"),
        (&points, "--class 0", "no classes"),
        (&points, "--class all", "no classes"),
        (&images, "--seed -1", "'-1'"),
        (
            &images,
            "--seed 18446744073709551616",
            "18446744073709551616",
        ),
        (
            &images,
            "--sample-offset 18446744073709551615",
            "18446744073709551615",
        ),
        (&images, "--nonsense", "--nonsense"),
    ] {
        assert_sample_fails(model, options, 2, message);
    }
    assert_fails(
        &ddim_line("sample --quiet --count 0 --output x.npy --model x"),
        4,
        "no model `x`",
    );
    assert_fails(&ddim(["sample", "--model", &images]), 2, "--output");
    assert_fails(&ddim_line("nonsense"), 2, "nonsense");
}

#[test]
fn counts_and_extensions() {
    let scratch = Scratch::new();
    let images = model("images");
    let sample = |model: &str, count: &str, name: &str| {
        let output = scratch.file(name);
        let options = [
            "--device", "cpu", "--steps", "1", "--count", count, "--output", &output,
        ];
        ddim(
            ["sample", "--quiet", "--model", model]
                .into_iter()
                .chain(options),
        )
    };
    for (outcome, message) in [
        (sample(&images, "0", "out.npy"), "0 samples"),
        (
            sample(&images, "9223372036854775807", "out.npy"),
            "more than can be addressed",
        ),
        (
            sample(&images, "100000000", "out.png"),
            "exceed 16384 pixels",
        ),
        (
            sample(&images, "1", "out.jpg"),
            "out.jpg: end it in .png, .gif, .apng, .npy or .csv",
        ),
        (sample(&images, "1", "out"), "end it in"),
        (
            sample(&model("scalar"), "1", "out.png"),
            "shape [1] cannot be drawn",
        ),
        (
            sample(&model("denoiser"), "1", "out.gif"),
            "shape [7] cannot be drawn",
        ),
    ] {
        assert_fails(&outcome, 2, message);
    }
    for path in ["missing/out.npy", "missing/out.png"] {
        assert_fails(&sample(&images, "1", path), 1, "cannot create");
    }
    assert_eq!(scratch.entries(), [""; 0]);
}

#[test]
fn devices_that_are_not_there() {
    let scratch = Scratch::new();
    let output = scratch.file("out.npy");
    for device in ["warp-drive", "99"] {
        for fixed in [
            ["sample", "--model", &model("images")].as_slice(),
            ["noise", "--count", "1", "--dims", "1"].as_slice(),
        ] {
            let options = ["--quiet", "--device", device, "--output", &output];
            let outcome = ddim(fixed.iter().copied().chain(options));
            assert_fails(&outcome, 3, device);
            // The candidates.
            outcome.says("cpu");
        }
    }
    assert_eq!(scratch.entries(), [""; 0]);
}

/// A copy of the model `images` in which `spoil` has changed one file.
fn spoiled(file: &str, spoil: impl FnOnce(&mut Vec<u8>)) -> Scratch {
    let scratch = Scratch::new();
    for name in ["config.json", "scheduler_config.json", "model.safetensors"] {
        fs::copy(format!("{}/{name}", model("images")), scratch.file(name)).unwrap();
    }
    let path = scratch.file(file);
    let mut bytes = fs::read(&path).unwrap();
    spoil(&mut bytes);
    fs::write(path, bytes).unwrap();
    scratch
}

/// A change of one JSON file.
fn edited(file: &str, edit: impl FnOnce(&mut Value)) -> Scratch {
    spoiled(file, |bytes| {
        let mut json: Value = serde_json::from_slice(bytes).unwrap();
        edit(&mut json);
        *bytes = serde_json::to_vec(&json).unwrap();
    })
}

/// A change of the safetensors header, whose data stay.
fn edited_header(edit: impl FnOnce(&mut Value)) -> Scratch {
    spoiled("model.safetensors", |bytes| {
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let mut header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
        edit(&mut header);
        let mut text = serde_json::to_vec(&header).unwrap();
        // The writer of the file aligned the data, and so must the reader find it.
        text.resize(text.len().next_multiple_of(8), b' ');
        let mut edited = (text.len() as u64).to_le_bytes().to_vec();
        edited.extend(text);
        edited.extend(&bytes[8 + length..]);
        *bytes = edited;
    })
}

#[track_caller]
fn assert_refused(model: &Scratch, message: &str) {
    assert_sample_fails(model.0.to_str().unwrap(), "", 4, message);
}

#[test]
fn models_with_bad_weights() {
    const FILE: &str = "model.safetensors";
    assert_refused(
        &spoiled(FILE, |bytes| bytes.truncate(bytes.len() - 5)),
        FILE,
    );
    assert_refused(&spoiled(FILE, |bytes| bytes.truncate(4)), FILE);
    assert_refused(&spoiled(FILE, Vec::clear), FILE);
    assert_refused(&spoiled(FILE, |bytes| bytes.extend([0; 64])), FILE);
    assert_refused(
        &spoiled(FILE, |bytes| {
            bytes[..8].copy_from_slice(&u64::MAX.to_le_bytes());
        }),
        FILE,
    );
    assert_refused(
        &spoiled(FILE, |bytes| {
            bytes[..8].copy_from_slice(&(1_u64 << 40).to_le_bytes());
        }),
        FILE,
    );
    let last = |value: [u8; 4]| {
        spoiled(FILE, |bytes| {
            let at = bytes.len() - 4;
            bytes[at..].copy_from_slice(&value);
        })
    };
    assert_refused(&last(f32::NAN.to_le_bytes()), "finite");
    assert_refused(&last(f32::INFINITY.to_le_bytes()), "finite");

    let missing = edited_header(|header| {
        header.as_object_mut().unwrap().remove("proj_in.bias");
    });
    assert_refused(&missing, FILE);
    let misshapen = edited_header(|header| {
        let shape = &mut header["proj_in.weight"]["shape"];
        let (rows, columns) = (shape[0].clone(), shape[1].clone());
        *shape = json!([columns, rows]);
    });
    assert_refused(&misshapen, "proj_in.weight");
    let renamed = edited_header(|header| {
        let bias = header
            .as_object_mut()
            .unwrap()
            .remove("proj_in.bias")
            .unwrap();
        header["something.else"] = bias;
    });
    assert_refused(&renamed, FILE);
}

#[test]
fn models_with_bad_configurations() {
    let config = |name: &str, value: Value| edited("config.json", |json| json[name] = value);
    assert_refused(&config("activation", json!("sigmoid")), "sigmoid");
    assert_refused(&config("architecture", json!("unet")), "unet");
    assert_refused(&config("hidden_size", json!(0)), "hidden_size");
    assert_refused(&config("hidden_size", json!(u64::MAX)), "hidden_size");
    assert_refused(&config("num_blocks", json!(-1)), "config.json");
    assert_refused(&config("sample_shape", json!([1, 6, 5])), "proj_in.weight");
    assert_refused(&config("sample_shape", json!([])), "sample_shape");
    assert_refused(
        &spoiled("config.json", |bytes| bytes.truncate(20)),
        "config.json",
    );
    assert_refused(
        &spoiled("config.json", |bytes| bytes.resize(2 << 20, b' ')),
        "config.json",
    );

    let scheduler =
        |name: &str, value: Value| edited("scheduler_config.json", |json| json[name] = value);
    assert_refused(&scheduler("beta_end", json!(1.0)), "beta");
    assert_refused(&scheduler("beta_end", json!(-0.1)), "beta");
    assert_refused(
        &scheduler("rescale_betas_zero_snr", json!(true)),
        "zero terminal SNR",
    );
    assert_refused(&scheduler("beta_schedule", json!("sawtooth")), "sawtooth");
    assert_refused(&scheduler("prediction_type", json!("score")), "score");
    assert_refused(
        &scheduler("num_train_timesteps", json!(0)),
        "scheduler_config.json",
    );
    assert_refused(
        &spoiled("scheduler_config.json", |bytes| bytes.truncate(20)),
        "scheduler_config.json",
    );
    assert_refused(&Scratch::new(), "config.json");
}

#[test]
fn unknown_keys_of_a_scheduler_only_warn() {
    let model = edited("scheduler_config.json", |json| {
        json["flux_capacitor"] = json!(1.21);
    });
    let directory = model.0.to_str().unwrap();
    let outcome = ddim(["info", "--model", directory]);
    assert!(
        outcome.stderr.starts_with("warning: "),
        "{}",
        outcome.stderr
    );
    outcome.says("flux_capacitor");
    outcome.success();
    let quiet = ddim(["info", "--quiet", "--model", directory]);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn initial_states_that_do_not_fit() {
    let scratch = Scratch::new();
    let init = |name: &str, shape: &[usize], values: &[f32]| {
        let mut bytes = Vec::new();
        ddim_wgpu::output::npy::write(&mut bytes, shape, values).unwrap();
        fs::write(scratch.file(name), bytes).unwrap();
        scratch.file(name)
    };
    let images = model("images");
    let two = init("two.npy", &[2, 1, 5, 5], &[0.0; 50]);
    let three = init("three.npy", &[3, 1, 5, 5], &[0.0; 75]);
    let flat = init("flat.npy", &[2, 25], &[0.0; 50]);
    let nan = init("nan.npy", &[2, 1, 5, 5], &[f32::NAN; 50]);
    let none = init("none.npy", &[0, 1, 5, 5], &[]);
    let other = scratch.file("other.npy");
    fs::write(&other, b"not an array").unwrap();
    for (path, code, message) in [
        (&three, 2, "--init holds 3"),
        (&flat, 4, "[N, 1, 5, 5]"),
        (&nan, 4, "NaN"),
        (&none, 2, "--init holds 0"),
        (&other, 4, "not a .npy file"),
        (&scratch.file("missing.npy"), 4, "missing.npy"),
        (&scratch.file(""), 4, "cannot read"),
    ] {
        assert_sample_fails(&images, &format!("--init {path}"), code, message);
    }
    let sampled = scratch.file("sampled.npy");
    ddim([
        "sample", "--model", &images, "--device", "cpu", "--init", &two, "--output", &sampled,
    ])
    .success();
}

#[test]
fn an_existing_file_survives_a_failure() {
    let scratch = Scratch::new();
    let output = scratch.file("out.npy");
    fs::write(&output, b"precious").unwrap();
    let images = model("images");
    for options in ["--steps 0", "--device 99", "--class 77"] {
        let fixed = ["sample", "--model", &images, "--output", &output];
        assert_ne!(
            ddim(fixed.into_iter().chain(options.split(' '))).code,
            Some(0)
        );
        assert_eq!(fs::read(&output).unwrap(), b"precious");
    }
    assert_eq!(scratch.entries(), ["out.npy"]);
}
