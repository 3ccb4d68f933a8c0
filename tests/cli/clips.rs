//! `--clip-noise`, `--clip-epsilon`, `--clip-final` and `--rederive-epsilon`.

use std::fs;

use ddim_wgpu::output::npy::NpyArray;
use serde_json::json;

use super::{Scratch, ddim, ddim_line, model};

const CLIPS: &str = "--clip-noise 0.8 --clip-epsilon 0.9 --clip-final 0.5";

/// Runs `ddim sample` with words and reads the array.
#[track_caller]
fn sample(words: &str) -> NpyArray {
    let scratch = Scratch::new();
    let output = scratch.file("out.npy");
    let fixed = ["sample", "--device", "cpu", "--output", &output];
    ddim(fixed.into_iter().chain(words.split_whitespace())).success();
    NpyArray::open(&output).unwrap()
}

#[test]
fn each_clip_changes_the_samples() {
    let points = model("points");
    let run = |words: &str| {
        sample(&format!(
            "--model {points} --steps 5 --count 8 --clip 1 {words}"
        ))
        .values
    };
    let plain = run("--eta 1");
    for clip in [
        "--clip-noise 0.8",
        "--clip-epsilon 0.3",
        "--rederive-epsilon",
    ] {
        assert_ne!(run(&format!("--eta 1 {clip}")), plain, "{clip}");
    }
    let clamped: Vec<f32> = plain.iter().map(|value| value.clamp(-0.2, 0.2)).collect();
    assert_ne!(plain, clamped);
    assert_eq!(run("--eta 1 --clip-final 0.2"), clamped);
    assert_eq!(run("--eta 1 --rederive-epsilon false"), plain);
    let rederived = run("--eta 1 --rederive-epsilon");
    assert_eq!(run("--eta 1 --rederive-epsilon true"), rederived);
    // Without noise there is none to clip.
    assert_eq!(run("--eta 0 --clip-noise 0.1"), run("--eta 0"));
}

#[test]
fn a_clipped_picture_is_made_again_by_what_it_says() {
    let scratch = Scratch::new();
    let (first, again) = (scratch.file("first.png"), scratch.file("again.png"));
    let images = model("images");
    let line = format!(
        "sample --model {images} --device cpu --steps 3 --eta 0.5 --count 6 {CLIPS} --clip 1 --rederive-epsilon"
    );
    ddim_line(&format!("{line} --output {first}")).success();
    ddim_line(&format!(
        "sample -q --from {first} --device cpu --output {again}"
    ))
    .success();
    assert_eq!(fs::read(&first).unwrap(), fs::read(&again).unwrap());
    // Another sampler has no clip of epsilon, as it has no eta; the other clips stay.
    let (other, expected) = (scratch.file("other.png"), scratch.file("expected.png"));
    ddim_line(&format!(
        "sample -q --from {first} --sampler ddpm --device cpu --output {other}"
    ))
    .success();
    ddim_line(&format!(
        "sample --model {images} --device cpu --sampler ddpm --steps 3 --count 6 --clip 1 \
         --clip-noise 0.8 --clip-final 0.5 --output {expected}"
    ))
    .success();
    assert_eq!(fs::read(&other).unwrap(), fs::read(&expected).unwrap());
}

#[test]
fn an_array_keeps_its_clips_and_takes_no_others() {
    let scratch = Scratch::new();
    let output = scratch.file("out.zarr");
    let points = model("points");
    let line =
        format!("sample --model {points} --device cpu --steps 3 --count 9 --output {output}");
    ddim_line(&format!("{line} --clip-final 0.5")).success();
    let document = fs::read_to_string(scratch.file("out.zarr/zarr.json")).unwrap();
    assert!(document.contains("\"clip_final\": 0.5"), "{document}");
    ddim_line(&format!("{line} --clip-final 0.5")).success();
    let other = ddim_line(&format!("{line} --clip-final 0.6"));
    assert_ne!(other.code, Some(0));
}

#[test]
fn limits_and_what_they_do_not_go_with_are_named() {
    let points = model("points");
    let line = format!("sample --model {points} --steps 3 --device cpu --output /tmp/x.npy");
    for (options, message) in [
        ("--clip-noise 0", "clip_noise is 0"),
        ("--clip-epsilon -1", "clip_epsilon is -1"),
        ("--clip-final nan", "clip_final is NaN"),
        ("--clip-final x", "--clip-final"),
        ("--sampler ddpm --clip-epsilon 1", "belongs to x0 and x"),
        ("--rederive-epsilon maybe", "--rederive-epsilon"),
    ] {
        ddim_line(&format!("{line} {options}")).fails(2, message);
    }
    ddim_line(&format!(
        "schedule --model {points} --encode --clip-final 1"
    ))
    .fails(2, "clip_final");
}

#[test]
fn the_schedule_says_what_is_clipped() {
    let schedule = format!("schedule --model {} --steps 3", model("points"));
    let text = ddim_line(&format!(
        "{schedule} {CLIPS} --eta 1 --clip 1 --rederive-epsilon"
    ))
    .text();
    for part in [
        "out, clipped to ±1;",
        "√(1−ᾱ), clipped to ±0.9;",
        "z, z clipped to ±0.8, the last x' clipped to ±0.5",
    ] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
    let clips =
        |options: &str| ddim_line(&format!("{schedule} --json {options}")).json()["clips"].clone();
    let all = json!({"noise": 0.8, "epsilon": 0.9, "final": 0.5});
    assert_eq!(clips(CLIPS), all);
    let none = json!({"noise": null, "epsilon": null, "final": null});
    assert_eq!(clips(""), none);
    // Without noise nothing is said of it.
    let text = ddim_line(&format!("{schedule} --clip-noise 1")).text();
    assert!(!text.contains("clipped to"), "{text}");
}

#[test]
fn samples_between_two_are_clipped() {
    let scratch = Scratch::new();
    let output = scratch.file("out.npy");
    ddim_line(&format!(
        "interpolate --model {} --device cpu --steps 3 --count 4 --clip-final 0.3 --output {output}",
        model("points")
    ))
    .success();
    let found = NpyArray::open(&output).unwrap();
    let largest = found
        .values
        .iter()
        .fold(0.0_f32, |most, value| most.max(value.abs()));
    assert_eq!(largest, 0.3);
}
