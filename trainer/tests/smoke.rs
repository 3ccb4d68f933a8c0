//! Trains on points for a few steps through the command, as CI does.

use std::path::{Path, PathBuf};
use std::process::Command;

fn train(output: &Path, arguments: &[&str]) {
    let status = Command::new(env!("CARGO_BIN_EXE_trainer"))
        .args(["train", "--model", "swiss-roll", "--smoke", "--output"])
        .arg(output)
        .args(arguments)
        .status()
        .expect("the trainer starts");
    assert!(status.success(), "{arguments:?}");
}

fn temporary(name: &str) -> PathBuf {
    let directory = std::env::temp_dir().join(format!("trainer-smoke-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("the temporary directory is writable");
    directory.join(name)
}

/// Training writes a model directory, the loss falls, and a run cut in two ends with
/// the bytes of a whole one.
#[test]
fn a_resumed_run_is_the_unbroken_run() {
    let (whole, halves) = (temporary("whole"), temporary("halves"));
    train(&whole, &["--epochs", "4"]);
    train(&halves, &["--epochs", "4", "--stop-after", "2"]);
    train(&halves, &["--epochs", "4", "--resume"]);
    let weights = |directory: &Path| {
        std::fs::read(directory.join("model.safetensors")).expect("the weights are written")
    };
    assert!(weights(&whole) == weights(&halves), "the weights differ");
    let progress = std::fs::read_to_string(temporary("whole.checkpoint").join("progress.json"))
        .expect("the progress is written");
    let progress: serde_json::Value = serde_json::from_str(&progress).expect("it is JSON");
    let losses: Vec<f64> = progress["losses"]
        .as_array()
        .expect("losses are listed")
        .iter()
        .filter_map(serde_json::Value::as_f64)
        .collect();
    assert_eq!(losses.len(), 4);
    assert!(losses[3] < losses[0], "{losses:?}");
    let parent = whole.parent().expect("it is in a directory");
    std::fs::remove_dir_all(parent).expect("it was just written");
}
