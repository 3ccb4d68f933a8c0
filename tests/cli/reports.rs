//! `ddim schedule`, `ddim info` and `ddim devices`: what programs and people read.

use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::network::Model;

use super::{command, ddim, ddim_line, model, run};

#[test]
fn a_schedule_is_the_plan() {
    let images = model("images");
    let json = ddim([
        "schedule", "--model", &images, "--steps", "7", "--eta", "0.5", "--json",
    ])
    .json();
    let plan = Plan::ddim(Model::load(&images).unwrap().scheduler())
        .steps(7)
        .eta(0.5)
        .build()
        .unwrap();
    assert_eq!(json["train_steps"], 1000);
    assert_eq!(json["prediction_type"], "epsilon");
    let rows = json["steps"].as_array().unwrap();
    assert_eq!(rows.len(), 7);
    for (row, step) in rows.iter().zip(plan.stages()) {
        assert_eq!(row["index"], step.index);
        assert_eq!(row["timestep"], step.timestep);
        for (name, value) in [
            ("alpha_bar", step.level.alpha_bar()),
            ("alpha_bar_next", step.next_level.alpha_bar()),
            ("x0_scale", step.x0_scale),
            ("eps_scale", step.eps_scale),
            ("noise_scale", step.noise_scale),
        ] {
            let found = row[name].as_f64().unwrap();
            // Printed exactly, but this reader of JSON may miss the last bit.
            let close = (found - value).abs() <= f64::EPSILON * value.abs();
            assert!(close, "{name} of row {}: {found} for {value}", step.index);
        }
    }
}

#[test]
fn a_schedule_comes_from_a_file_or_a_model() {
    let images = model("images");
    let file = format!("{images}/scheduler_config.json");
    let from_model = ddim([
        "schedule",
        "--model",
        &images,
        "--timesteps",
        "900,500,3",
        "--json",
    ])
    .json();
    let from_file = ddim([
        "schedule",
        "--scheduler-config",
        &file,
        "--timesteps",
        "900,500,3",
        "--json",
    ])
    .json();
    assert_eq!(from_model, from_file);
    assert_eq!(
        ddim(["schedule", "--scheduler-config", &file, "--model", &images]).code,
        Some(2)
    );
    let missing = ddim_line("schedule --scheduler-config /does/not/exist.json");
    missing.fails(4, "exist.json");
}

#[test]
fn a_table_has_a_line_for_every_step() {
    let table = ddim(["schedule", "--model", &model("images"), "--steps", "12"]).text();
    assert_eq!(table.lines().count(), 3 + 1 + 12, "{table}");
}

#[test]
fn info_counts_parameters() {
    let json = ddim(["info", "--model", &model("points"), "--json"]).json();
    assert_eq!(json["network"]["hidden_size"], 17);
    assert_eq!(json["network"]["sample_shape"], serde_json::json!([2]));
    let text = ddim(["info", "--model", &model("points")]).text();
    assert!(text.contains("parameters"), "{text}");
}

#[test]
fn info_shows_the_card_of_the_model_compiled_in() {
    let compiled_in = ddim_line("info --json").json();
    let data = compiled_in["card"]["Data"].as_str().expect("a fact");
    assert!(data.contains("MNIST"), "{data}");
    let directory = ddim_line("info --json --model ./models/digits").json();
    assert_eq!(compiled_in["card"], directory["card"]);
    assert!(ddim_line("info").text().contains("Licence of the weights"));
}

#[test]
fn the_native_engine_is_always_listed() {
    let devices = ddim_line("devices --json").json();
    let devices = devices.as_array().unwrap();
    assert_eq!(devices.last().unwrap()["name"], "cpu");
    for (index, device) in devices[..devices.len() - 1].iter().enumerate() {
        assert_eq!(device["index"], index);
        assert!(device["limits"]["max_buffer_size"].is_u64(), "{device}");
    }
    assert!(ddim_line("devices").text().contains("native engine"));
}

#[test]
fn the_environment_restricts_the_backends() {
    let devices = run(command()
        .env("WGPU_BACKEND", "gl")
        .args(["devices", "--json"]))
    .json();
    for device in devices.as_array().unwrap() {
        assert!(
            ["gl", "native"].contains(&device["backend"].as_str().unwrap()),
            "{device}"
        );
    }
}

#[test]
fn help_and_version_are_data() {
    for line in ["--help", "--version", "sample --help", "noise -h"] {
        let outcome = ddim_line(line);
        assert_eq!(outcome.stderr, "", "{line}");
        assert!(!outcome.success().is_empty(), "{line}");
    }
    assert_eq!(ddim([""; 0]).code, Some(2));
}
