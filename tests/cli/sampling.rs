//! `ddim sample`: what is in the files, and that it is the same whatever way it is asked for.

use std::fs::{self, File};
use std::io::BufReader;

use ddim_wgpu::output::npy::{self, NpyArray};
use serde_json::Value;

use super::{Scratch, ddim, model};

/// Samples from `model` with `options` and reads the array.
#[track_caller]
fn sample(model: &str, options: &str) -> NpyArray {
    let scratch = Scratch::new();
    let output = scratch.file("out.npy");
    let fixed = [
        "sample", "--model", model, "--device", "cpu", "--output", &output,
    ];
    ddim(fixed.into_iter().chain(options.split_whitespace())).success();
    assert_eq!(scratch.entries(), ["out.npy"]);
    NpyArray::open(&output).unwrap()
}

/// Rows `rows` of an array.
fn rows(array: &NpyArray, rows: std::ops::Range<usize>) -> &[f32] {
    let dims: usize = array.shape[1..].iter().product();
    &array.values[rows.start * dims..rows.end * dims]
}

#[test]
fn an_offset_gives_rows_of_the_whole() {
    for (model, class) in [
        (model("images"), "--class all --guidance 2"),
        (model("points"), ""),
    ] {
        for eta in ["0", "1"] {
            let options = format!("--steps 10 --eta {eta} --seed 7 {class}");
            let whole = sample(&model, &format!("{options} --count 1000"));
            let part = sample(&model, &format!("{options} --count 10 --sample-offset 500"));
            assert_eq!(part.values, rows(&whole, 500..510), "eta {eta}");
            assert!(whole.values.iter().all(|value| value.is_finite()));
        }
    }
}

#[test]
fn the_seed_decides() {
    let images = model("images");
    let options = "--steps 4 --count 3 --eta 0.5 --seed";
    let first = sample(&images, &format!("{options} 18446744073709551615"));
    assert_eq!(first.shape, [3, 1, 5, 5]);
    assert_eq!(
        first,
        sample(&images, &format!("{options} 18446744073709551615"))
    );
    assert_ne!(first, sample(&images, &format!("{options} 1")));
}

#[test]
fn initial_states_replace_the_first_draw() {
    let scratch = Scratch::new();
    let noise = scratch.file("noise.npy");
    let flat = ddim([
        "noise", "--device", "cpu", "--count", "6", "--dims", "2", "--seed", "3", "--output",
        &noise,
    ]);
    flat.success();
    let points = model("points");
    let options = "--steps 5 --eta 1 --seed 3";
    let drawn = sample(&points, &format!("{options} --count 6"));
    let given = sample(&points, &format!("{options} --init {noise}"));
    assert_eq!(drawn, given);
}

#[test]
fn spacing_and_timesteps_choose_the_grid() {
    let points = model("points");
    let listed = sample(&points, "--count 4 --timesteps 800,600,400,200,0");
    assert_eq!(sample(&points, "--count 4 --steps 5"), listed);
    assert_eq!(
        sample(&points, "--count 4 --steps 5 --spacing leading"),
        listed
    );
    assert_ne!(
        sample(&points, "--count 4 --steps 5 --spacing trailing"),
        listed
    );
}

#[test]
fn classes_and_guidance_change_samples() {
    let images = model("images");
    let options = "--steps 5 --count 4 --class";
    let one = sample(&images, &format!("{options} 1"));
    assert_ne!(one, sample(&images, &format!("{options} none")));
    assert_ne!(one, sample(&images, &format!("{options} 1 --guidance 3")));
    let all = sample(&images, &format!("{options} all"));
    assert_eq!(rows(&one, 1..2), rows(&all, 1..2));
}

/// Reads a PNG: width, height, text chunks by keyword.
fn png(path: &str) -> (u32, u32, Vec<(String, String)>) {
    let mut reader = png::Decoder::new(BufReader::new(File::open(path).unwrap()))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    reader.finish().unwrap();
    let info = reader.info();
    let latin = info
        .uncompressed_latin1_text
        .iter()
        .map(|chunk| (chunk.keyword.clone(), chunk.text.clone()));
    let utf8 = info
        .utf8_text
        .iter()
        .map(|chunk| (chunk.keyword.clone(), chunk.get_text().unwrap()));
    (info.width, info.height, latin.chain(utf8).collect())
}

#[test]
fn a_picture_says_how_to_make_it_again() {
    let scratch = Scratch::new();
    let (first, again) = (scratch.file("first.png"), scratch.file("again.png"));
    let images = model("images");
    let line = "--device cpu --steps 6 --eta 0.25 --count 20 --seed 11 --sample-offset 4 --class all --guidance 1.5";
    let fixed = ["sample", "--model", &images, "--output", &first];
    ddim(fixed.into_iter().chain(line.split(' '))).success();
    let (width, height, text) = png(&first);
    // One column a class.
    assert!(width > 4 * height, "{width} x {height}");

    let value = |keyword: &str| {
        &text
            .iter()
            .find(|chunk| chunk.0 == keyword)
            .expect(keyword)
            .1
    };
    assert!(value("Software").starts_with("ddim-wgpu "));
    let parameters: Value = serde_json::from_str(value("parameters")).unwrap();
    for (name, expected) in [
        ("steps", 6.0),
        ("eta", 0.25),
        ("seed", 11.0),
        ("guidance", 1.5),
        ("sample_offset", 4.0),
    ] {
        assert_eq!(parameters[name].as_f64(), Some(expected), "{name}");
    }
    let command = value("Command");
    let words = command.strip_prefix("ddim ").unwrap().split(' ');
    ddim(words.chain(["--device", "cpu", "--output", &again])).success();
    assert_eq!(fs::read(&first).unwrap(), fs::read(&again).unwrap());
}

#[test]
fn points_are_drawn_as_a_scatter() {
    let scratch = Scratch::new();
    let output = scratch.file("points.png");
    let fixed = [
        "sample",
        "--model",
        &model("points"),
        "--device",
        "cpu",
        "--steps",
        "3",
        "--output",
        &output,
    ];
    ddim(fixed).success();
    let (width, height, _) = png(&output);
    assert_eq!(width, height, "equal axes");
}

#[test]
fn an_animation_shows_every_step() {
    let scratch = Scratch::new();
    for name in ["images", "points", "channels"] {
        let output = scratch.file("way.gif");
        let fixed = [
            "sample", "--device", "cpu", "--steps", "5", "--count", "4", "--output", &output,
        ];
        ddim(fixed.into_iter().chain(["--model", &model(name)])).success();
        let mut decoder = gif::DecodeOptions::new()
            .read_info(File::open(&output).unwrap())
            .unwrap();
        let mut delays = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            delays.push(frame.delay);
        }
        assert_eq!(delays.len(), 6, "x_T and five steps of {name}");
        assert!(
            delays[5] > 4 * delays[0],
            "the result is not held: {delays:?}"
        );
    }
}

#[test]
fn the_device_is_named_on_standard_error() {
    let scratch = Scratch::new();
    let output = scratch.file("out.npy");
    let run = |extra: &[&str]| {
        let fixed = [
            "sample", "--device", "cpu", "--count", "1", "--steps", "1", "--output", &output,
        ];
        let outcome = ddim(
            fixed
                .iter()
                .chain(["--model", &model("points")].iter())
                .chain(extra),
        );
        assert_eq!(outcome.code, Some(0));
        assert!(outcome.stdout.is_empty());
        outcome.stderr
    };
    let said = run(&[]);
    assert!(said.starts_with("device: cpu"), "{said}");
    assert_eq!(
        said.lines()
            .filter(|line| line.starts_with("device:"))
            .count(),
        1
    );
    assert_eq!(run(&["--quiet"]), "");
}

/// The whole default model, wide as it is, with guidance: software drivers have limits of
/// their own on long loops.
#[test]
fn every_device_makes_the_same_digits() {
    let scratch = Scratch::new();
    let output = scratch.file("digits.npy");
    let line = "sample --quiet --steps 3 --count 5 --class all --guidance 2 --output";
    let make = |device: &str| {
        ddim(line.split(' ').chain([output.as_str(), "--device", device])).success();
        NpyArray::open(&output).unwrap().values
    };
    let expected = make("cpu");
    for device in ddim(["devices", "--json"]).json().as_array().unwrap() {
        let Some(index) = device["index"].as_u64() else {
            continue;
        };
        for (found, expected) in make(&index.to_string()).iter().zip(&expected) {
            assert!(
                (found - expected).abs() < 1e-4,
                "{found} for {expected} on {device}"
            );
        }
    }
}

#[test]
fn samplers_differ_and_eta_is_ddims() {
    let points = model("points");
    let options = "--steps 6 --count 4 --sampler";
    let ddim_samples = sample(&points, &format!("{options} ddim"));
    for name in ["ddpm", "ddpm-large", "heun", "dpmpp-2m"] {
        let others = sample(&points, &format!("{options} {name}"));
        assert_ne!(ddim_samples, others, "{name}");
    }
    let outcome = ddim([
        "sample",
        "--model",
        &points,
        "--sampler",
        "heun",
        "--eta",
        "1",
        "--output",
        "never.npy",
    ]);
    outcome.fails(2, "eta and the heun sampler");
}

/// Row i of the file belongs to the sample of index i, whatever part of the run is made; and one
/// sample a row is the default count.
#[test]
fn conditions_are_read_from_arrays() {
    let network = model("../networks/diffusion-ql-mlp");
    let scratch = Scratch::new();
    let path = scratch.file("states.npy");
    let values: Vec<f32> = (0..44).map(|i| (i as f32 * 0.37).sin()).collect();
    npy::write(&mut File::create(&path).unwrap(), &[4, 11], &values).unwrap();
    let options = format!("--steps 10 --condition condition={path}");
    let whole = sample(&network, &options);
    assert_eq!(whole.shape, [4, 3]);
    let part = sample(&network, &format!("{options} --count 2 --sample-offset 1"));
    assert_eq!(part.values, rows(&whole, 1..3));
    let several = sample(&network, &format!("{options} --samples-per-condition 5"));
    assert_eq!(several.shape, [20, 3]);
    let fixed = [
        "sample", "--model", &network, "--device", "cpu", "--output", "-", "--steps", "2",
    ];
    let refused = |more: &[&str], code, message| {
        ddim(fixed.iter().chain(more).copied()).fails(code, message);
    };
    refused(
        &["--count", "3"],
        2,
        "needs the condition `condition`, 11 values",
    );
    let given = format!("condition={path}");
    refused(&["--condition", &given, "--count", "5"], 4, "has 4 rows");
    refused(
        &["--condition", &format!("goal={path}")],
        2,
        "no condition `goal`",
    );
    refused(&["--condition", "condition"], 2, "NAME=FILE");
}
