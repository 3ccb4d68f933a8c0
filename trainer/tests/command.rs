//! Runs of the command, as users make them.

use std::time::{Duration, Instant};

use ddim_wgpu::network::Model;

use crate::common::{Folder, moons};

/// A small network for a short run.
const SMALL: [&str; 8] = [
    "--hidden-size",
    "16",
    "--num-blocks",
    "1",
    "--train-batch-size",
    "32",
    "--input-embedding",
    "8",
];

fn train<'a>(folder: &Folder, arguments: &[&'a str]) -> String {
    let all: Vec<&'a str> = [arguments, &SMALL].concat();
    folder.succeed(&all)
}

#[test]
fn a_table_becomes_a_model_that_gives_its_units_and_names_back() {
    let folder = Folder::new();
    folder.file("moons.csv", moons(400));
    let told = train(
        &folder,
        &[
            "--data",
            "moons.csv",
            "--class-column",
            "moon",
            "--output",
            "model",
            "--max-train-steps",
            "120",
            "--normalize",
            "quantile",
        ],
    );
    for part in [
        "400 rows of [2], 2 classes",
        "100 steps in",
        "sliced Wasserstein",
        "ddim sample",
    ] {
        assert!(told.contains(part), "no `{part}` in {told}");
    }
    let model = Model::load(folder.path().join("model")).expect("the library reads it");
    assert_eq!(
        (model.sample_shape(), model.num_classes()),
        (&[2][..], Some(2))
    );
    let data = model.data_config().expect("a table has names");
    assert_eq!(data.header(true), ["x", "y", "moon"]);
    // Far below the data by the network is the least value there is.
    let table = moons(400);
    let heights = table.lines().skip(1).map(|row| row.split(',').nth(1));
    let least = heights
        .flatten()
        .min_by(|a, b| a.parse::<f64>().unwrap().total_cmp(&b.parse().unwrap()));
    let row = data.row(&[0.0, -9.0], Some(1));
    assert_eq!((Some(row[1].as_str()), row[2].as_str()), (least, "upper"));
    for file in [
        "README.md",
        "recipe.toml",
        "samples.png",
        "progress.gif",
        "reference.npy",
    ] {
        assert!(!folder.read(&format!("model/{file}")).is_empty(), "{file}");
    }
    let card = String::from_utf8(folder.read("model/README.md")).expect("it is text");
    assert!(
        card.contains("--class-column moon") && card.contains("SHA-256"),
        "{card}"
    );
    // A recipe makes the same model again.
    folder.succeed(&["--recipe", "model/recipe.toml", "--output", "again"]);
    assert!(folder.read("model/model.safetensors") == folder.read("again/model.safetensors"));
    // What is there is not written over by accident.
    let output = folder.run(&["--data", "moons.csv", "--output", "model"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_run_that_was_killed_goes_on_to_the_same_weights() {
    let folder = Folder::new();
    folder.file("moons.csv", moons(400));
    let arguments = |output: &'static str| {
        let run = [
            "--data",
            "moons.csv",
            "--output",
            output,
            "--max-train-steps",
            "1500",
            "--checkpointing-steps",
            "100",
            "--encoding-share",
            "0.2",
        ];
        [&run[..], &SMALL].concat()
    };
    folder.succeed(&arguments("whole"));
    let mut child = folder
        .command(&arguments("killed"))
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the command starts");
    let checkpoints = folder.path().join("killed.checkpoint");
    let some = || {
        let entries = std::fs::read_dir(&checkpoints)
            .into_iter()
            .flatten()
            .flatten();
        entries
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("step-"))
            .count()
    };
    let begun = Instant::now();
    while some() == 0 {
        assert!(begun.elapsed() < Duration::from_secs(120), "no checkpoint");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("it can be killed");
    let ended = child.wait().expect("it has ended");
    assert!(!ended.success(), "it was done before it was killed");
    folder.succeed(&["--output", "killed", "--resume"]);
    assert!(
        folder.read("whole/model.safetensors") == folder.read("killed/model.safetensors"),
        "the weights differ"
    );
    // A second training begins where the first ended: 20 steps change it little.
    let data = ["--data", "moons.csv", "--pretrained-model", "whole"];
    let short = [
        "--output",
        "tuned",
        "--max-train-steps",
        "20",
        "--learning-rate",
        "1e-5",
    ];
    let told = folder.succeed(&[&data[..], &short, &SMALL].concat());
    let loss = told.lines().find(|line| line.starts_with("step 20: loss"));
    let loss = loss.and_then(|line| line["step 20: loss ".len()..].split(',').next());
    let loss: f64 = loss.expect("it is told").parse().expect("it is a number");
    assert!(loss < 0.6, "{loss}");
    let wider = [&data[..], &["--output", "wider", "--hidden-size", "32"]].concat();
    let output = folder.run(&wider);
    assert_eq!(output.status.code(), Some(4));
    let other = ["--output", "other", "--prediction-type", "sample"];
    let output = folder.run(&[&data[..], &other, &SMALL].concat());
    assert_eq!(output.status.code(), Some(2));
    // Goes on further, but not with another network.
    folder.succeed(&[
        "--output",
        "killed",
        "--resume",
        "--max-train-steps",
        "1550",
    ]);
    let other = folder.run(&["--output", "killed", "--resume", "--hidden-size", "32"]);
    assert_eq!(other.status.code(), Some(2));
    // Nor with other data.
    folder.file("moons.csv", moons(300));
    let other = folder.run(&["--output", "killed", "--resume"]);
    assert_eq!(other.status.code(), Some(4));
}

/// Training learns: after a short run the samples are nearer to the data than noise is.
#[test]
fn samples_come_near_the_data() {
    let folder = Folder::new();
    folder.file("moons.csv", moons(1000));
    let told = folder.succeed(&[
        "--data",
        "moons.csv",
        "--columns",
        "x,y",
        "--output",
        "model",
        "--max-train-steps",
        "600",
        "--hidden-size",
        "64",
        "--num-blocks",
        "2",
        "--train-batch-size",
        "128",
    ]);
    let line = told
        .lines()
        .find(|line| line.starts_with("sliced"))
        .expect("it is told");
    let number = |after: &str| -> f64 {
        let text = line.split_once(after).expect("it is in the line").1;
        let text = text.split([',', ' ']).next().expect("it is a number");
        text.parse().expect("it is a number")
    };
    let samples = number("samples ");
    // Standard normals are 0.6 away.
    assert!(samples < 0.15, "{line}");
}
