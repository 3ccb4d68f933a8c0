//! Samplers, grids and noise as the command offers them; `ddim forward`; what `ddim schedule` says.

use ddim_wgpu::noise::fill_normals;
use ddim_wgpu::output::npy::NpyArray;

use super::{Scratch, ddim, ddim_line, model};

/// Runs `ddim sample` with words and reads the array.
#[track_caller]
fn sample(words: &str) -> NpyArray {
    let scratch = Scratch::new();
    let output = scratch.file("out.npy");
    let words = words.split_whitespace();
    let fixed = ["sample", "--device", "cpu", "--output", &output];
    ddim(fixed.into_iter().chain(words)).success();
    NpyArray::open(&output).unwrap()
}

#[test]
fn what_a_run_costs_is_said_in_evaluations_and_steps() {
    let scratch = Scratch::new();
    let output = scratch.file("out.npy");
    let points = model("points");
    let line = format!("sample --model {points} --count 2 --device cpu --output {output}");
    for sampler in ["heun", "plms"] {
        let options = format!("--sampler {sampler} --steps 20 --spacing linspace");
        let table = ddim_line(&format!("schedule --model {points} {options} --json")).json();
        let evaluations = table["evaluations"].as_u64().unwrap();
        assert!(evaluations > 20, "{sampler}: {evaluations}");
        ddim_line(&format!("{line} {options}"))
            .says(&format!("2 samples, {evaluations} evaluations, 20 steps"));
    }
    // The paper's quadratic grid visits level 0 twice.
    ddim_line(&format!("{line} --spacing quadratic"))
        .says("49 of 50 steps")
        .says("49 evaluations, 49 steps");
}

#[test]
fn the_help_lists_samplers_with_their_order_and_needs() {
    let help = ddim_line("sample --help").text();
    for text in [
        "unipc-3",
        "order 3; needs 3 earlier estimates",
        "dpmpp-2m-sde",
    ] {
        assert!(help.contains(text), "{text} is not in {help}");
    }
}

#[test]
fn fractional_grids_run_and_tables_refuse_them() {
    let points = model("points");
    for spacing in ["log-snr", "karras"] {
        let options = format!("--model {points} --steps 6 --spacing {spacing} --count 3");
        let found = sample(&options);
        assert!(found.values.iter().all(|value| value.is_finite()));
        assert_ne!(
            found.values,
            sample(&options.replace(spacing, "leading")).values
        );
        let scratch = Scratch::new();
        let output = scratch.file("out.npy");
        // Its network looks levels up.
        let table = "tests/data/networks/card-acids-ircam-gate-table";
        ddim_line(&format!(
            "sample --model {table} --steps 6 --spacing {spacing} --count 3 --device cpu --output {output} \
             --condition x={table}/golden.npy"
        ));
        assert!(scratch.entries().is_empty());
    }
}

#[test]
fn given_sigmas_are_those_of_eta() {
    let points = model("points");
    let line = format!("schedule --model {points} --steps 5 --eta 0.7 --json");
    let table = ddim_line(&line).json();
    let sigmas: Vec<String> = table["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["noise_scale"].to_string())
        .collect();
    let run = format!("--model {points} --steps 5 --count 4 --seed 3");
    let by_eta = sample(&format!("{run} --eta 0.7"));
    let given = sample(&format!("{run} --sigmas {}", sigmas.join(",")));
    for (given, by_eta) in given.values.iter().zip(&by_eta.values) {
        assert!((given - by_eta).abs() < 1e-5, "{given} {by_eta}");
    }
    let wrong = |sigmas: &str, message: &str| {
        let line = format!("sample --model {points} --steps 5 --device cpu --output /tmp/x.npy");
        ddim_line(&format!("{line} --sigmas {sigmas}")).fails(2, message);
    };
    wrong("0.1,0.2", "2 sigmas for 5 steps");
    wrong("0.1,x", "give numbers");
    wrong("0.1,0.1,0.1,0.1,0.1 --eta 1", "cannot be used with");
}

#[test]
fn classes_of_a_list_come_in_turn() {
    let images = model("images");
    let run = format!("--model {images} --steps 3 --seed 5");
    let listed = sample(&format!("{run} --count 5 --class 3,1,4"));
    for (index, class) in [(0, 3), (1, 1), (2, 4), (3, 3), (4, 1)] {
        let alone = format!("{run} --count 1 --sample-offset {index} --class {class}");
        let dims = alone.len().min(25);
        assert_eq!(
            sample(&alone).values,
            listed.values[index * dims..(index + 1) * dims],
            "sample {index}"
        );
    }
}

#[test]
fn each_of_several_seeds_makes_a_file() {
    let scratch = Scratch::new();
    let output = scratch.file("out.npy");
    let run = format!("--model {} --steps 3 --count 4", model("points"));
    ddim_line(&format!(
        "sample --device cpu {run} --seed 1,2 --output {output}"
    ))
    .success();
    assert_eq!(scratch.entries(), ["out.seed-1.npy", "out.seed-2.npy"]);
    for seed in [1, 2] {
        let found = NpyArray::open(scratch.file(&format!("out.seed-{seed}.npy"))).unwrap();
        assert_eq!(found, sample(&format!("{run} --seed {seed}")));
    }
    ddim_line(&format!("sample --device cpu {run} --seed 1,2 --output -"))
        .fails(2, "several seeds");
}

#[test]
fn a_trajectory_is_an_array_of_frames() {
    let points = model("points");
    let run = format!("--model {points} --steps 4 --count 3 --seed 2");
    let all = sample(&format!("{run} --trajectory state"));
    assert_eq!(all.shape, [5, 3, 2]);
    assert_eq!(all.values[4 * 6..], sample(&run).values);
    let mut start = [0.0; 2];
    fill_normals(2, 1, 0, &mut start);
    assert_eq!(all.values[2..4], start);
    assert_eq!(sample(&format!("{run} --trajectory x0")).shape, [4, 3, 2]);
}

#[test]
fn data_are_noised_to_levels() {
    let scratch = Scratch::new();
    let (data, output) = (scratch.file("data.npy"), scratch.file("out.npy"));
    let points = model("points");
    ddim_line(&format!(
        "sample --model {points} --count 2 --steps 3 --device cpu --output {data}"
    ))
    .success();
    let clean = NpyArray::open(&data).unwrap();
    let line = format!("forward --model {points} --input {data} --seed 9 --output {output}");
    let states = |options: &str| {
        ddim_line(&format!("{line} {options}")).success();
        NpyArray::open(&output).unwrap()
    };
    let chain = states("--timesteps 100,300,999 --trajectory");
    assert_eq!(chain.shape, [4, 2, 2]);
    assert_eq!(chain.values[..4], clean.values);
    let last = states("--timesteps 100,300,999");
    assert_eq!(last.shape, [2, 2]);
    assert_eq!(last.values, chain.values[12..]);
    // A single level is the marginal, and so is each of a marginal process.
    let single = states("--timesteps 100");
    assert_eq!(single.values, chain.values[4..8]);
    let marginal = states("--process marginal --timesteps 100,300");
    assert_eq!(marginal.values, states("--timesteps 300").values);
    // Without noise of its own the second level is the same marginal, by way of the first.
    let quiet = states("--process non-markov --timesteps 100,300");
    for (quiet, marginal) in quiet.values.iter().zip(&marginal.values) {
        assert!((quiet - marginal).abs() < 1e-5, "{quiet} {marginal}");
    }
    let noisy = states("--process non-markov --sigmas 0.05 --timesteps 100,300");
    assert_ne!(noisy.values, quiet.values);
    let strip = scratch.file("strip.png");
    ddim_line(&format!(
        "forward --model {points} --input {data} --timesteps 100,999 --output {strip}"
    ))
    .success();
    for (options, message) in [
        ("--timesteps 300,100", "rising order"),
        ("--timesteps 100000", "the largest is"),
        ("--timesteps 100,300 --eta 1", "--process non-markov"),
        (
            "--process non-markov --sigmas 0.1,0.1 --timesteps 100,300",
            "2 sigmas for 1 steps",
        ),
    ] {
        ddim_line(&format!("{line} {options}")).fails(2, message);
    }
}

#[test]
fn the_schedule_is_that_of_the_rows_that_run() {
    let points = format!("--model {} --spacing linspace", model("points"));
    let text = ddim_line(&format!("schedule {points} --sampler unipc-3 --steps 20")).text();
    assert!(text.contains("20 evaluations, 20 steps"), "{text}");
    assert!(text.contains("history_3·x̂₀[−3]"), "{text}");
    assert!(!text.contains("noise_scale"), "{text}");
    let text = ddim_line(&format!("schedule {points} --sampler lms --steps 20")).text();
    assert!(text.contains("history_1·ε̂[−1]"), "{text}");
    let text = ddim_line("schedule --eta 1 --steps 6").text();
    assert!(text.contains("+ noise_scale·z"), "{text}");

    let table = ddim_line(&format!(
        "schedule {points} --sampler heun --steps 20 --json"
    ))
    .json();
    assert_eq!(table["step_count"], 20);
    assert_eq!(
        table["evaluations"],
        table["steps"].as_array().unwrap().len()
    );
    assert_eq!(table["history"], "x0");
    let rows = table["steps"].as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["history"][0].as_f64() != Some(0.0));
    let row = row.expect("a corrector");
    assert!(row["x0_from_out"].is_number());
}
