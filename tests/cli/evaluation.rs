//! `ddim evaluate` and the plot of `ddim schedule`: tables that a program can read, and mistakes.

use std::fs::{self, File};

use ddim_wgpu::output::npy;

use super::{Outcome, Scratch, ddim, model};

/// Points on a line, `[count, 2]`, in a file.
fn points(scratch: &Scratch, count: usize) -> String {
    let path = scratch.file("points.npy");
    let values: Vec<f32> = (0..count)
        .flat_map(|i| [i as f32 / count as f32, 0.1])
        .collect();
    let mut file = File::create(&path).expect("a scratch file");
    npy::write(&mut file, &[count, 2], &values).expect("written");
    path
}

fn evaluate(arguments: &[&str]) -> Outcome {
    let common = ["evaluate", "--model", &model("points"), "--device", "cpu"];
    ddim(common.iter().chain(arguments))
}

#[test]
fn a_table_of_samples_has_every_cell() {
    let scratch = Scratch::new();
    let data = points(&scratch, 60);
    let arguments = [
        "--reference",
        &data,
        "--steps",
        "2,5",
        "--eta",
        "0,0.5,ddpm-large",
        "--count",
        "40",
        "--repeats",
        "2",
    ];
    let json = evaluate(&[&arguments[..], &["--json"]].concat()).json();
    assert_eq!(json["command"], "evaluate");
    assert_eq!(json["count"], 40);
    let metrics = json["metrics"].as_array().unwrap();
    assert_eq!(metrics[0]["name"], "sliced_wasserstein");
    // The halves of a line, apart by half of its length: 0.5/√2 over all directions.
    let apart = metrics[0]["data"].as_f64().unwrap();
    assert!((apart - 0.354).abs() < 0.05, "{apart}");
    let rows = json["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(
        (&rows[1]["eta"], &rows[1]["sampler"]),
        (&0.5.into(), &"ddim".into())
    );
    assert_eq!(rows[2]["sampler"], "ddpm-large");
    for row in rows {
        for (cell, steps) in row["cells"].as_array().unwrap().iter().zip([2, 5]) {
            assert_eq!(cell["steps"], steps);
            let values = cell["sliced_wasserstein"].as_array().unwrap();
            assert!(values.len() == 2 && values.iter().all(|v| v.as_f64().unwrap() > 0.0));
            assert_ne!(values[0], values[1], "two seeds");
        }
    }
    let text = evaluate(&arguments).text();
    assert_eq!(
        text.matches("| S = 2 | S = 5 |").count(),
        metrics.len(),
        "{text}"
    );
    assert!(text.contains("--eta 0,0.5,ddpm-large"), "{text}");
}

/// What a model makes without a class hides what is wrong with its classes.
#[test]
fn samples_are_of_every_class_unless_told_otherwise() {
    let table = |options: &[&str]| {
        let common = ["evaluate", "--model", "digits", "--device", "cpu", "--json"];
        let few = ["--count", "40", "--steps", "2", "--eta", "0"];
        ddim(common.iter().chain(&few).chain(options)).json()
    };
    let plain = table(&[]);
    assert_eq!(plain["class"], "all", "{plain}");
    assert_eq!(plain["rows"], table(&["--class", "all"])["rows"]);
    let none = table(&["--class", "none"]);
    assert_eq!(none.get("class"), None, "{none}");
    assert_ne!(plain["rows"], none["rows"]);
    // The classes of given data are not known.
    let scratch = Scratch::new();
    let path = scratch.file("grey.npy");
    let mut file = File::create(&path).expect("a scratch file");
    npy::write(&mut file, &[2, 1, 28, 28], &[0.25; 2 * 784]).expect("written");
    let common = ["evaluate", "--device", "cpu", "--json", "--reconstruction"];
    let few = ["--reference", path.as_str(), "--steps", "2"];
    let data = ddim(common.iter().chain(&few)).json();
    assert_eq!(data.get("class"), None, "{data}");
}

/// By a model that has learnt its data, whose directory holds some.
#[test]
fn data_are_encoded_and_bounded() {
    let directory = "models/swiss-roll";
    let run = |arguments: &[&str]| {
        let common = [
            "evaluate", "--model", directory, "--count", "100", "--device", "cpu", "--json",
        ];
        ddim(common.iter().chain(arguments)).json()
    };
    let json = run(&["--reconstruction", "--steps", "10,20"]);
    let rows = json["rows"].as_array().unwrap();
    let error = |row: usize, cell: usize| {
        let values = &rows[row]["cells"][cell]["mean_squared_error"];
        values[0].as_f64().unwrap()
    };
    assert_eq!(rows[0]["convention"], "paper");
    assert_eq!(rows[2]["convention"], "fixed-point");
    assert!(error(0, 1) < error(0, 0), "more steps lose less: {json}");
    for cell in 0..2 {
        assert!(
            error(2, cell) < 0.1 * error(0, cell),
            "the fixed point loses least: {json}"
        );
    }

    let json = run(&["--bound", "--eta", "1", "--steps", "10,100"]);
    let cells = json["rows"][0]["cells"].as_array().unwrap();
    let part = |cell: usize, name: &str| cells[cell][name][0].as_f64().unwrap();
    for cell in 0..2 {
        let sum = part(cell, "prior") + part(cell, "steps") + part(cell, "reconstruction");
        assert!((part(cell, "bound") - sum).abs() < 1e-9, "{json}");
        assert!(
            part(cell, "prior") >= 0.0 && part(cell, "steps") >= 0.0,
            "{json}"
        );
    }
    assert!(part(1, "bound") < part(0, "bound"), "{json}");
}

#[test]
fn the_bundled_digits_need_no_data() {
    let line = "evaluate --steps 3 --eta 0 --count 20 --class all --device cpu --json";
    let json = super::ddim_line(line).json();
    let cell = &json["rows"][0]["cells"][0];
    assert!(
        cell["frechet_distance"][0].as_f64().unwrap() > 0.0,
        "{json}"
    );
    assert!(cell["class_agreement"][0].as_f64().unwrap() > 0.5, "{json}");
}

#[test]
fn mistakes_are_named() {
    let scratch = Scratch::new();
    let data = points(&scratch, 20);
    for (arguments, code, part) in [
        (vec![], 2, "--reference"),
        (vec!["--reference", &data, "--repeats", "0"], 2, "--repeats"),
        (
            vec!["--reference", &data, "--repeats", "18446744073709551615"],
            2,
            "--repeats",
        ),
        (vec!["--reference", &data, "--eta", "ddim"], 2, "eta"),
        (vec!["--reference", &data, "--eta", "loud"], 2, "loud"),
        (vec!["--reference", &data, "--steps", "0"], 2, "step"),
        (vec!["--reference", &data, "--count", "1"], 2, "--count 1"),
        (
            vec!["--reference", &data, "--bound", "--eta", "0"],
            2,
            "eta",
        ),
        (
            vec!["--reference", &data, "--bound", "--count", "21"],
            2,
            "20 samples",
        ),
        (vec!["--reference", "/does/not/exist.npy"], 4, "exist"),
        (vec!["--classifier", "/does/not/exist"], 4, "exist"),
        (vec!["--reconstruction", "--bound"], 2, "--bound"),
    ] {
        let outcome = evaluate(&arguments);
        assert_eq!(
            outcome.code,
            Some(code),
            "{arguments:?}: {}",
            outcome.stderr
        );
        assert!(
            outcome.stderr.contains(part),
            "{arguments:?}: {}",
            outcome.stderr
        );
        assert!(outcome.stdout.is_empty());
    }
}

#[test]
fn a_schedule_can_be_seen() {
    let scratch = Scratch::new();
    let plot = scratch.file("plot.png");
    let images = model("images");
    let arguments = ["schedule", "--model", &images, "--steps", "9", "--plot"];
    ddim(arguments.iter().chain([&plot.as_str()])).success();
    let decoder = png::Decoder::new(std::io::BufReader::new(File::open(&plot).unwrap()));
    let mut reader = decoder.read_info().expect("a PNG");
    assert_eq!(reader.info().width, 1600);
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    reader.next_frame(&mut pixels).expect("the picture");
    // Paper, ink and every colour of the curves.
    for color in [
        [255, 255, 255],
        [30, 34, 42],
        [0, 114, 178],
        [213, 94, 0],
        [0, 158, 115],
    ] {
        assert!(pixels.as_chunks::<3>().0.contains(&color), "{color:?}");
    }
    let other = scratch.file("plot.svg");
    let outcome = ddim(arguments.iter().chain([&other.as_str()]));
    outcome.fails(2, "plot.svg");
    assert!(!fs::exists(other).unwrap());
}

/// A convention without a search has nothing to fail at; 0 would say that nothing failed.
#[test]
fn only_a_search_has_a_share_of_failures() {
    let scratch = Scratch::new();
    let data = points(&scratch, 6);
    let arguments = ["--reconstruction", "--steps", "4", "--count", "3"];
    let arguments = [&arguments[..], &["--reference", &data]].concat();
    let report = evaluate(&[&arguments[..], &["--json"]].concat()).json();
    let shares: Vec<(&str, bool)> = report["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| {
            let share = &row["cells"][0]["unconverged"][0];
            (
                row["convention"].as_str().expect("a name"),
                share.is_number(),
            )
        })
        .collect();
    assert_eq!(
        shares,
        [
            ("paper", false),
            ("diffusers", false),
            ("fixed-point", true)
        ]
    );
    assert!(evaluate(&arguments).text().contains("| paper | – |"));
}
