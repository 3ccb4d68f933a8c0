//! Image-to-image, inpainting, trajectories and strips from the command line.

use std::fs::{self, File};

use ddim_wgpu::output::npy::{self, NpyArray};

use super::{Scratch, ddim, ddim_line, model};

const DIGITS: &str = "tests/data/digits";

/// Runs one command on the CPU engine, to an array.
#[track_caller]
fn cpu(line: &str, output: &str) -> NpyArray {
    let fixed = ["--quiet", "--device", "cpu", "--output", output];
    ddim(line.split_whitespace().chain(fixed)).success();
    NpyArray::open(output).unwrap()
}

/// The values of a picture of `tests/data/digits`.
fn digit(name: &str) -> Vec<f32> {
    let image = image::open(format!("{DIGITS}/{name}.png"))
        .unwrap()
        .to_luma8();
    image
        .into_raw()
        .iter()
        .map(|&byte| f32::from(byte) / 127.5 - 1.0)
        .collect()
}

/// Writes a picture of one grey value for each pixel of 28 × 28.
fn write_png(path: &str, value: impl Fn(usize, usize) -> u8) {
    let pixels: Vec<u8> = (0..784).map(|i| value(i % 28, i / 28)).collect();
    let mut encoder = png::Encoder::new(File::create(path).unwrap(), 28, 28);
    encoder.set_color(png::ColorType::Grayscale);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&pixels)
        .unwrap();
}

fn mean_square(a: &[f32], b: &[f32]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2));
    squares.sum::<f64>() / a.len() as f64
}

#[test]
fn the_weaker_the_nearer_to_the_picture() {
    let scratch = Scratch::new();
    let (output, three) = (scratch.file("out.npy"), digit("3"));
    let errors = [0.06, 0.3, 0.6, 1.0].map(|strength| {
        let line =
            format!("sample --init-image {DIGITS}/3.png --strength {strength} --count 6 --class 3");
        let samples = cpu(&line, &output);
        assert_eq!(samples.shape, [6, 1, 28, 28]);
        let samples = samples.values.chunks(784);
        samples
            .map(|sample| mean_square(sample, &three))
            .sum::<f64>()
            / 6.0
    });
    assert!(
        errors.is_sorted() && errors[0] < 0.05 && errors[3] > 0.2,
        "{errors:?}"
    );
}

/// The number of steps that are run is said, and 0.58 of 50 is 29.
#[test]
fn the_steps_that_are_run_are_stated() {
    let scratch = Scratch::new();
    let output = scratch.file("out.npy");
    for (options, said) in [
        ("--strength 0.58", "29 of 50 steps, from timestep 579"),
        ("", "40 of 50 steps, from timestep 799"),
        ("--steps 7 --strength 0.3", "2 of 7 steps"),
        (
            "--timesteps 900,500,100 --strength 0.7",
            "2 of 3 steps, from timestep 500",
        ),
        ("--sampler heun --steps 10 --strength 0.5", "5 of 10 steps"),
    ] {
        let line = format!(
            "sample --device cpu --count 2 --init-image {DIGITS}/3.png {options} --output {output}"
        );
        let outcome = ddim_line(&line);
        assert!(
            outcome.stderr.contains(said),
            "{options}: {}",
            outcome.stderr
        );
        outcome.success();
    }
}

/// What is black in the mask comes back bit for bit, what is white is made, whatever the picture
/// has there; an array says the same.
#[test]
fn a_mask_keeps_what_is_black() {
    let scratch = Scratch::new();
    let file = |name: &str| scratch.file(name);
    let (mask, output) = (file("mask.png"), file("out.npy"));
    write_png(&mask, |x, _| if x < 14 { 0 } else { 255 });
    let line = format!("sample --class 3 --count 5 --steps 20 --mask {mask} --init-image");
    let whole = cpu(&format!("{line} {DIGITS}/3.png"), &output);
    let three = digit("3");
    for sample in whole.values.chunks(784) {
        for (i, (found, kept)) in sample.iter().zip(&three).enumerate() {
            if i % 28 < 14 {
                assert_eq!(found, kept, "pixel {i}");
            }
        }
        assert!(mean_square(sample, &three) > 1e-3, "nothing is made");
    }
    let half = file("half.png");
    let dark = |x: usize, y: usize| {
        let value = (three[28 * y + x] + 1.0) * 127.5;
        if x < 14 { value.round() as u8 } else { 77 }
    };
    write_png(&half, dark);
    assert_eq!(cpu(&format!("{line} {half}"), &output), whole);
    // Other strength, other start.
    assert_ne!(
        cpu(&format!("{line} {half} --strength 0.5"), &output),
        whole
    );

    let array = file("mask.npy");
    let values: Vec<f32> = (0..784)
        .map(|i| f32::from(u8::from(i % 28 >= 14)))
        .collect();
    for shape in [&[28, 28][..], &[1, 28, 28], &[1, 1, 28, 28]] {
        let mut bytes = Vec::new();
        npy::write(&mut bytes, shape, &values).unwrap();
        fs::write(&array, bytes).unwrap();
        let line = format!(
            "sample --class 3 --count 5 --steps 20 --mask {array} --init-image {DIGITS}/3.png"
        );
        assert_eq!(cpu(&line, &output), whole, "{shape:?}");
    }
}

#[test]
fn every_device_edits_alike() {
    let scratch = Scratch::new();
    let (mask, output) = (scratch.file("mask.png"), scratch.file("out.npy"));
    write_png(&mask, |_, y| if y < 12 { 0 } else { 255 });
    let line = format!(
        "sample --class 9 --count 3 --steps 5 --mask {mask} --strength 0.9 --init-image {DIGITS}/9.png"
    );
    let expected = cpu(&line, &output);
    let devices = ddim_line("devices --json").json();
    for device in devices.as_array().unwrap() {
        let Some(index) = device["index"].as_u64() else {
            continue;
        };
        ddim_line(&format!(
            "{line} --quiet --device {index} --output {output}"
        ))
        .success();
        let found = NpyArray::open(&output).unwrap();
        for (i, (found, expected)) in found.values.iter().zip(&expected.values).enumerate() {
            let kept = i % 784 < 12 * 28;
            let close = if kept {
                found == expected
            } else {
                (found - expected).abs() < 1e-3
            };
            assert!(close, "{device}, value {i}: {found} {expected}");
        }
    }
}

#[test]
fn several_pictures_are_several_samples() {
    let scratch = Scratch::new();
    let (one, two) = (scratch.file("one.npy"), scratch.file("two.npy"));
    let line = "sample --steps 10 --strength 0.5 --init-image";
    let both = cpu(&format!("{line} {DIGITS}/1.png {DIGITS}/4.png"), &two);
    assert_eq!(both.shape, [2, 1, 28, 28]);
    let first = cpu(&format!("{line} {DIGITS}/1.png --count 1"), &one);
    assert_eq!(first.values, both.values[..784]);
    let error = ddim_line(&format!(
        "{line} {DIGITS}/1.png {DIGITS}/4.png --count 3 -o {two}"
    ));
    error.fails(2, "--count");
}

#[test]
fn illegal_edits_name_both_settings() {
    let scratch = Scratch::new();
    let (output, gif) = (scratch.file("out.png"), scratch.file("out.gif"));
    let picture = format!("{DIGITS}/3.png");
    let init = format!("--init-image {picture}");
    for (options, code, named) in [
        (
            "--strength 0.5".to_owned(),
            2,
            ["--strength", "--init-image"],
        ),
        (format!("--mask {picture}"), 2, ["--mask", "--init-image"]),
        (
            format!("{init} --init {picture}"),
            2,
            ["--init", "--init-image"],
        ),
        (format!("{init} --strength 0"), 2, ["--strength", "above 0"]),
        (
            format!("{init} --strength 1.1"),
            2,
            ["--strength", "at most 1"],
        ),
        (
            format!("{init} --strength -0.5"),
            2,
            ["--strength", "above 0"],
        ),
        (
            format!("{init} --strength NaN"),
            2,
            ["--strength", "above 0"],
        ),
        (
            format!("{init} --steps 10 --strength 0.05"),
            2,
            ["--strength", "10 steps"],
        ),
        (
            "--init-image /does/not/exist.png".to_owned(),
            4,
            ["exist.png", ""],
        ),
        (
            format!("{init} --mask /does/not/exist.npy"),
            4,
            ["exist.npy", ""],
        ),
        ("--trajectory x0".to_owned(), 2, ["--trajectory", "--strip"]),
        ("--strip 1".to_owned(), 2, ["--strip", "2"]),
        (format!("--strip 3 -o {gif}"), 2, ["--output", ""]),
    ] {
        let line = format!("sample --device cpu --count 2 {options} --output {output}");
        let outcome = ddim_line(&line);
        for name in named {
            outcome.fails(code, name);
        }
    }
    let strip = ddim_line(&format!(
        "sample --device cpu --count 2 --strip 3 --output {gif}"
    ));
    strip.fails(2, "--strip");
    assert!(scratch.entries().is_empty(), "{:?}", scratch.entries());
}

/// Frames of an animation.
fn frames(path: &str) -> Vec<Vec<u8>> {
    let mut decoder = gif::DecodeOptions::new()
        .read_info(File::open(path).unwrap())
        .unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        frames.push(frame.buffer.to_vec());
    }
    frames
}

/// Of states one frame more than of x̂₀, and Heun's predictions are no states of their own.
#[test]
fn a_trajectory_shows_states_or_what_the_network_sees() {
    let scratch = Scratch::new();
    let output = scratch.file("way.gif");
    let images = model("images");
    for sampler in ["ddim", "heun", "dpmpp-2m", "ddpm"] {
        let line = format!(
            "sample -q --model {images} --device cpu --steps 5 --count 4 --sampler {sampler} --output {output}"
        );
        ddim_line(&line).success();
        let states = frames(&output);
        ddim_line(&format!("{line} --trajectory x0")).success();
        let estimates = frames(&output);
        assert_eq!((states.len(), estimates.len()), (6, 5), "{sampler}");
        assert_ne!(states[1], estimates[0], "{sampler}");
    }
}

#[test]
fn a_strip_has_a_row_a_sample_and_a_column_a_state() {
    let scratch = Scratch::new();
    let output = scratch.file("strip.png");
    let size = |line: &str| {
        let line = format!("sample -q --device cpu --steps 6 {line} --output {output}");
        ddim_line(&line).success();
        let decoder = png::Decoder::new(std::io::BufReader::new(File::open(&output).unwrap()));
        let reader = decoder.read_info().unwrap();
        (reader.info().width, reader.info().height)
    };
    let images = model("images");
    // 5 × 5 pixels, enlarged eight times, four between.
    assert_eq!(
        size(&format!("--model {images} --strip 7 --count 3")),
        (7 * 44 + 4, 3 * 44 + 4)
    );
    // No more columns than states: x̂₀ after each of 6 steps.
    let wide = format!("--model {images} --strip 9 --trajectory x0");
    assert_eq!(size(&wide), (6 * 44 + 4, 5 * 44 + 4));
    let points = model("points");
    assert_eq!(
        size(&format!("--model {points} --strip 4 --count 100")),
        (4 * 484 + 4, 488)
    );
}
