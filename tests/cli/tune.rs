//! `ddim tune`, and what `--tuned` makes of it.

use super::{Scratch, ddim_line, first_device, model};

#[test]
fn the_fastest_form_is_kept_and_taken() {
    let Some(device) = first_device() else { return };
    let scratch = Scratch::new();
    let (cache, output) = (scratch.file("forms.json"), scratch.file("a.npy"));
    let points = model("points");
    let of_points = format!("--model {points} --steps 3 --device {device}");
    let found = ddim_line(&format!("tune {of_points} --count 3 --output {cache}")).text();
    for form in [
        "mlp_step_split",
        "mlp_step, tiles of at most 1",
        "3 rows a dispatch",
    ] {
        assert!(found.contains(form), "{found}");
    }
    let sampled = ddim_line(&format!(
        "sample {of_points} --count 3 --tuned {cache} --output {output}"
    ));
    sampled.says("tuned: ").says("device: ");
    sampled.success();
    let case = &ddim_line(&format!(
        "bench {of_points} --count 3 --tuned {cache} --repetitions 1 --json"
    ));
    let report: serde_json::Value = serde_json::from_slice(&case.stdout).expect("JSON");
    assert!(report["cases"][0]["error"].as_f64().expect("a number") <= 1e-4);
    // Of another model there is nothing.
    let images = model("images");
    let other = ddim_line(&format!(
        "sample --model {images} --count 1 --steps 2 --device {device} --tuned {cache} --output {output}"
    ));
    assert_eq!(other.code, Some(2));
    other.says("run `ddim tune` with them first");
    // The native engine says that it has no choice, and samples.
    let native = ddim_line(&format!(
        "sample --model {points} --count 1 --device cpu --tuned {cache} --output {output}"
    ));
    native.says("the native engine has one form of the step");
    native.success();
    // Bits of another form do not come into an array unnoticed.
    let array = scratch.file("a.zarr");
    let shard = |options: &str| {
        ddim_line(&format!(
            "sample {of_points} --count 4 --output {array} {options}"
        ))
    };
    shard("--shard 0/2").success();
    let tuned = format!("--shard 1/2 --tuned {cache}");
    shard(&tuned).fails(2, "--allow-mixed");
    shard(&format!("{tuned} --allow-mixed")).success();
}

#[test]
fn a_cache_that_is_none_is_bad_input_and_stays() {
    let Some(device) = first_device() else { return };
    let scratch = Scratch::new();
    let cache = scratch.file("forms.json");
    std::fs::write(&cache, "{}").expect("a file");
    let outcome = ddim_line(&format!("tune --device {device} --output {cache}"));
    outcome.fails(4, "no tuning cache");
    assert_eq!(std::fs::read_to_string(&cache).expect("the file"), "{}");
}

#[test]
fn the_native_engine_has_nothing_to_tune() {
    let scratch = Scratch::new();
    let cache = scratch.file("forms.json");
    let outcome = ddim_line(&format!("tune --device cpu --output {cache}"));
    outcome.fails(3, "one form of the step");
    assert!(scratch.entries().is_empty());
}

/// A benchmark whose form is chosen for the number of its samples.
#[test]
fn a_benchmark_may_expect_its_own_number_of_samples() {
    let Some(device) = first_device() else { return };
    let points = model("points");
    let report = ddim_line(&format!(
        "bench --model {points} --count 1 --steps 6 --expect-count --repetitions 1 --device {device} --json"
    ));
    let case = &report.json()["cases"][0];
    assert!(
        case["rows_per_dispatch"].as_u64().expect("a number") > 1,
        "{case}"
    );
    assert!(case["error"].as_f64().expect("a number") <= 1e-4, "{case}");
}
