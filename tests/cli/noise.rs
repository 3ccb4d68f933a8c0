//! `ddim noise`.

use std::io::Read;
use std::process::Stdio;

use ddim_wgpu::noise::{block, fill_normals};
use ddim_wgpu::output::npy::NpyArray;

use super::{Scratch, command, ddim, ddim_line};

#[test]
fn the_array_is_the_librarys_noise() {
    let scratch = Scratch::new();
    let output = scratch.file("z.npy");
    let seed = u64::MAX - 3;
    let offset = (1_u64 << 32) - 2;
    let options = format!(
        "noise --device cpu --seed {seed} --count 5 --dims 7 --draw 3 --sample-offset {offset} --output"
    );
    ddim(options.split(' ').chain([output.as_str()])).success();
    let array = NpyArray::open(&output).unwrap();
    assert_eq!(array.shape, [5, 7]);
    for (index, values) in array.values.chunks(7).enumerate() {
        let mut expected = [0.0; 7];
        fill_normals(seed, offset + index as u64, 3, &mut expected);
        assert_eq!(values, expected, "sample {index}");
    }
}

#[test]
fn standard_output_holds_the_same_bytes() {
    let scratch = Scratch::new();
    let output = scratch.file("z.npy");
    let line = "noise --device cpu --count 3 --dims 5 --output";
    ddim(line.split(' ').chain([output.as_str()])).success();
    assert_eq!(
        ddim_line(&format!("{line} -")).success(),
        std::fs::read(output).unwrap()
    );
}

#[test]
fn raw_words_are_endless_and_end_quietly() {
    let mut child = command()
        .args(["noise", "--raw", "--seed", "9", "--sample-offset", "4"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut bytes = vec![0; 1 << 20];
    // The pipe is closed when the reader is dropped at the end of the statement.
    child.stdout.take().unwrap().read_exact(&mut bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), &*output.stderr), (Some(0), &b""[..]));
    for (quad, bytes) in bytes.chunks_exact(16).enumerate() {
        let expected = block(9, 4, 0, quad as u32).map(u32::to_le_bytes);
        assert_eq!(bytes, expected.as_flattened(), "block {quad}");
    }
}

#[test]
fn raw_words_can_be_counted() {
    let bytes = ddim_line("noise --raw --count 2 --dims 6 --draw 1").success();
    let words = |sample: u64| -> Vec<u32> {
        (0..2)
            .flat_map(|quad| block(0, sample, 1, quad))
            .take(6)
            .collect()
    };
    let expected: Vec<u8> = (0..2).flat_map(words).flat_map(u32::to_le_bytes).collect();
    assert_eq!(bytes, expected);
}

#[test]
fn amounts_that_cannot_be() {
    for (options, message) in [
        ("--count 0 --dims 3", "at least 1"),
        ("--count 3 --dims 0", "at least 1"),
        (
            "--count 2 --dims 3 --sample-offset 18446744073709551615",
            "more than the generator numbers",
        ),
        (
            "--count 1 --dims 17179869185",
            "more than the generator numbers",
        ),
        (
            "--count 18446744073709551615 --dims 8",
            "more than the generator numbers",
        ),
        ("--count 3", "--dims"),
        ("--raw --count 1 --dims 1", "--raw"),
    ] {
        let scratch = Scratch::new();
        let output = scratch.file("z.npy");
        let outcome = ddim(
            ["noise", "--device", "cpu", "--output", &output]
                .into_iter()
                .chain(options.split(' ')),
        );
        outcome.fails(2, message);
        assert_eq!(scratch.entries(), [""; 0]);
    }
}

/// A software driver is as good as any for this, and where there is none the GPU's own
/// tests say what to install.
#[test]
fn every_device_makes_the_same_bytes() {
    let devices = ddim_line("devices --json").json();
    let scratch = Scratch::new();
    let output = scratch.file("z.npy");
    let line = "noise --quiet --count 300 --dims 37 --seed 99 --sample-offset 4294967200 --output";
    for draw in ["0", "4"] {
        let make = |device: &str| {
            let options = [output.as_str(), "--draw", draw, "--device", device];
            ddim(line.split(' ').chain(options)).success();
            std::fs::read(&output).unwrap()
        };
        let expected = make("cpu");
        for device in devices.as_array().unwrap() {
            if let Some(index) = device["index"].as_u64() {
                assert!(
                    make(&index.to_string()) == expected,
                    "draw {draw} differs on {device}"
                );
            }
        }
    }
}
