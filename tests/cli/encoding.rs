//! `ddim encode` and `ddim interpolate`: from data to noise, and back, and between.

use std::fs;

use ddim_wgpu::output::npy::{self, NpyArray};

use super::{Scratch, ddim, model};

/// Runs one command on the CPU engine with `line` and paths.
#[track_caller]
fn cpu(line: &str, paths: &[(&str, &str)]) {
    let paths = paths.iter().flat_map(|(option, path)| [*option, *path]);
    let fixed = ["--quiet", "--device", "cpu"];
    ddim(line.split(' ').chain(fixed).chain(paths)).success();
}

/// Encodes digits over `steps` steps, decodes them, and gives the mean squared difference.
fn round_trip_error(convention: &str, steps: usize) -> f64 {
    let scratch = Scratch::new();
    let (data, code, back) = (
        scratch.file("x0.npy"),
        scratch.file("xT.npy"),
        scratch.file("back.npy"),
    );
    cpu(
        "sample --count 10 --class all --seed 5",
        &[("--output", &data)],
    );
    let encode = format!("encode --class all --steps {steps} --convention {convention}");
    cpu(&encode, &[("--input", &data), ("--output", &code)]);
    let decode = format!("sample --class all --steps {steps}");
    cpu(&decode, &[("--init", &code), ("--output", &back)]);
    let (data, back) = (
        NpyArray::open(&data).unwrap(),
        NpyArray::open(&back).unwrap(),
    );
    assert_eq!(data.shape, back.shape);
    let squares = data
        .values
        .iter()
        .zip(&back.values)
        .map(|(a, b)| f64::from(a - b).powi(2));
    squares.sum::<f64>() / data.values.len() as f64
}

#[test]
fn digits_come_back_the_better_the_more_steps() {
    let (few, many) = (
        round_trip_error("paper", 10),
        round_trip_error("paper", 100),
    );
    assert!(
        many < few && many < 0.05,
        "10 steps {few}, 100 steps {many}"
    );
    let diffusers = round_trip_error("diffusers", 100);
    // Asked at the noisier level, this network gives x̂₀ beyond the range it is clipped to, and more is lost.
    assert!(diffusers < 0.3 && diffusers != many, "{diffusers}");
}

#[test]
fn a_picture_is_encoded_as_an_array_is() {
    let scratch = Scratch::new();
    let (picture, array) = (scratch.file("grey.png"), scratch.file("grey.npy"));
    let file = fs::File::create(&picture).unwrap();
    let mut encoder = png::Encoder::new(file, 5, 5);
    encoder.set_color(png::ColorType::Grayscale);
    let pixels: Vec<u8> = (0..25).map(|i| i * 10).collect();
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&pixels)
        .unwrap();
    let values: Vec<f32> = pixels
        .iter()
        .map(|&byte| f32::from(byte) / 127.5 - 1.0)
        .collect();
    let mut bytes = Vec::new();
    npy::write(&mut bytes, &[1, 1, 5, 5], &values).unwrap();
    fs::write(&array, bytes).unwrap();

    let images = model("images");
    let encoded = |input: &str, name: &str| {
        let output = scratch.file(name);
        let line = "encode --class 3 --steps 5";
        cpu(
            line,
            &[
                ("--model", &images),
                ("--input", input),
                ("--output", &output),
            ],
        );
        fs::read(output).unwrap()
    };
    assert_eq!(encoded(&picture, "a.npy"), encoded(&array, "b.npy"));
}

#[test]
fn data_that_do_not_fit_are_refused() {
    let scratch = Scratch::new();
    let output = scratch.file("xT.npy");
    let broken = scratch.file("broken.png");
    fs::write(&broken, b"not a picture").unwrap();
    let golden = format!("{}/config.json", model("images"));
    for (name, input) in [
        ("images", "/does/not/exist.npy"),
        ("images", &broken),
        ("images", &golden),
        ("points", &broken),
    ] {
        let paths = ["--input", input, "--output", &output];
        let outcome = ddim(
            ["encode", "-q", "--model", &model(name)]
                .into_iter()
                .chain(paths),
        );
        assert_eq!(outcome.code, Some(4), "{}", outcome.stderr);
        assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
    }
    assert_eq!(scratch.entries(), ["broken.png"]);
}

#[test]
fn the_ends_of_an_interpolation_are_samples() {
    let scratch = Scratch::new();
    let read = |name: &str| NpyArray::open(scratch.file(name)).unwrap();
    let (way, whole) = (scratch.file("way.npy"), scratch.file("whole.npy"));
    let line = "interpolate --class 4 --seed 8 --from 2 --to 6 --count 5 --steps 4";
    cpu(line, &[("--output", &way)]);
    cpu(
        "sample --class 4 --seed 8 --count 7 --steps 4",
        &[("--output", &whole)],
    );
    let (between, samples) = (read("way.npy"), read("whole.npy"));
    let row = |array: &NpyArray, row: usize| array.values[row * 784..(row + 1) * 784].to_vec();
    assert_eq!(row(&between, 0), row(&samples, 2));
    assert_eq!(row(&between, 4), row(&samples, 6));
    assert_ne!(row(&between, 2), row(&between, 0));

    let states = scratch.file("states.npy");
    cpu(
        "noise --count 7 --dims 784 --seed 8",
        &[("--output", &states)],
    );
    let one = ddim(["interpolate", "-q", "--count", "1", "--output", &way]);
    assert_eq!(one.code, Some(2), "{}", one.stderr);
    let flat = ddim(["interpolate", "-q", "--init", &states, "--output", &way]);
    assert_eq!(flat.code, Some(4), "{}", flat.stderr);
}
