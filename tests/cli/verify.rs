//! `ddim verify`: a table and JSON, and exit code 6 with the kernel's name.

use super::{Outcome, Scratch, ddim, run};

/// The command on the first software driver of the tests' backend, or the
/// hardware if there is some.
fn verify(arguments: &[&str]) -> Outcome {
    let mut command = super::command();
    for name in ["WGPU_BACKEND", "WGPU_ADAPTER_NAME"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    run(command.arg("verify").args(arguments))
}

#[test]
fn one_kernel_is_verified_as_a_table_and_as_json() {
    let scratch = Scratch::new();
    let path = scratch.file("report.json");
    let outcome = verify(&["--only", "to_rgba8", "--json", &path]);
    let table = outcome.text();
    assert!(
        table.contains("to_rgba8") && table.contains("all 1 checks passed"),
        "{table}"
    );
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).expect("JSON");
    assert_eq!(json["passed"], true);
    assert_eq!(json["checks"][0]["name"], "to_rgba8");
    assert_eq!(scratch.entries(), ["report.json"]);
    let outcome = verify(&["--only", "to_rgba8", "--json"]);
    assert_eq!(outcome.json()["passed"], true);
}

#[test]
fn the_noise_alone_is_verified_by_name() {
    let json = verify(&["--only", "noise", "--json"]).json();
    let checks = json["checks"].as_array().expect("checks");
    let names: Vec<_> = checks.iter().map(|check| &check["name"]).collect();
    assert_eq!(names, ["philox", "normal", "noise hash"]);
    assert_eq!(json["passed"], true);
}

#[test]
fn a_fault_ends_in_exit_code_6_and_names_the_kernel() {
    let fault = ["--fault", "to_rgba8", "127.5 * clamp", "127.5 + clamp"];
    let outcome = verify(&[&["--quiet", "--only", "to_rgba8"][..], &fault].concat());
    outcome.fails(6, "to_rgba8");
    assert_eq!(outcome.stderr, "error: verification failed: to_rgba8\n");
    let table = String::from_utf8(outcome.stdout).unwrap();
    assert!(table.contains("FAILED"), "{table}");
}

#[test]
fn the_native_engine_is_verified_too() {
    let json = ddim(["verify", "--device", "cpu", "--json"]).json();
    assert_eq!(json["device"]["backend"], "native");
    assert_eq!(json["passed"], true);
    ddim(["verify", "--device", "warp-drive"]).fails(3, "warp-drive");
}
