//! `.csv`: rows of a table in the units and under the names of the data.

use std::fs;

use ddim_wgpu::output::npy::NpyArray;

use super::{Scratch, ddim, model};

const POINTS: &str = r#"{"columns": [
  {"kind": "number", "name": "mass, g", "decimals": 1, "scaling": {"kind": "linear", "center": 50, "scale": 10}},
  {"kind": "number", "name": "depth", "scaling": {"kind": "points", "at": [-1, 0, 1], "values": [0, 10, 1000]}}]}"#;

/// A copy of a test's model with a `data_config.json`.
fn with_config(scratch: &Scratch, name: &str, config: &str) -> String {
    let (from, to) = (model(name), scratch.file("model"));
    fs::create_dir_all(&to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        fs::copy(&path, std::path::Path::new(&to).join(name)).unwrap();
    }
    fs::write(format!("{to}/data_config.json"), config).unwrap();
    to
}

fn sample(model: &str, output: &str, options: &str) {
    let fixed = [
        "sample", "--model", model, "--device", "cpu", "--steps", "5", "--seed", "3", "--output",
        output,
    ];
    ddim(fixed.into_iter().chain(options.split_whitespace())).success();
}

/// The fields of every line; none of these tests' has a comma or a quote but the header.
fn rows(path: &str) -> (String, Vec<Vec<String>>) {
    let text = fs::read_to_string(path).unwrap();
    let (header, rest) = text.split_once('\n').unwrap();
    let fields = |line: &str| line.split(',').map(str::to_owned).collect();
    (header.to_owned(), rest.lines().map(fields).collect())
}

#[test]
fn values_come_back_in_the_units_of_the_data() {
    let scratch = Scratch::new();
    let points = with_config(&scratch, "points", POINTS);
    let (csv, npy) = (scratch.file("rows.csv"), scratch.file("rows.npy"));
    sample(&points, &csv, "--count 50");
    sample(&points, &npy, "--count 50");
    let (header, rows) = rows(&csv);
    assert_eq!(header, "\"mass, g\",depth");
    let array = NpyArray::open(&npy).unwrap();
    assert_eq!(array.shape, [50, 2]);
    for (row, sample) in rows.iter().zip(array.values.chunks_exact(2)) {
        assert_eq!(row[0], format!("{:.1}", 50.0 + 10.0 * f64::from(sample[0])));
        let x = f64::from(sample[1]).clamp(-1.0, 1.0);
        let depth = if x < 0.0 {
            10.0 * (x + 1.0)
        } else {
            10.0 + 990.0 * x
        };
        let found: f64 = row[1].parse().unwrap();
        assert!(
            (found - depth).abs() <= 1e-6 * depth.abs().max(1.0),
            "{row:?}"
        );
    }
    assert_eq!(rows.len(), 50);
}

#[test]
fn without_names_the_values_are_the_networks() {
    let scratch = Scratch::new();
    let (csv, npy) = (scratch.file("rows.csv"), scratch.file("rows.npy"));
    sample(&model("points"), &csv, "--count 9");
    sample(&model("points"), &npy, "--count 9");
    let (header, rows) = rows(&csv);
    assert_eq!(header, "x0,x1");
    let found: Vec<f32> = rows
        .concat()
        .iter()
        .map(|field| field.parse().unwrap())
        .collect();
    assert_eq!(found, NpyArray::open(&npy).unwrap().values);
}

#[test]
fn what_has_no_rows_is_refused() {
    let scratch = Scratch::new();
    let csv = scratch.file("rows.csv");
    let images = model("images");
    let sampled = ddim([
        "sample", "--model", &images, "--device", "cpu", "--output", &csv,
    ]);
    sampled.fails(2, "a .csv is for rows of a table");
    let wrong = POINTS.replace("\"name\": \"depth\"", "\"name\": \"mass, g\"");
    let points = with_config(&scratch, "points", &wrong);
    let sampled = ddim([
        "sample", "--model", &points, "--device", "cpu", "--output", &csv,
    ]);
    sampled.fails(4, "two columns called `mass, g`");
    assert_eq!(scratch.entries(), ["model"]);
}
