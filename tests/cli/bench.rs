//! `ddim bench`: what it measures is checked first, and what it prints can be read again.

use std::fs;

use super::{Scratch, ddim, ddim_line, first_device, model};

/// Multiply-adds of CEP's network in a step: of the layer before the blocks, of its six blocks, whose
/// input and inner layers, told layer and skip are added in that order, and of the last.
const CEP: f64 = (128 * 128
    + (3 * 512 + 128 * 512 + 512 * 512 + 3 * 512)
    + (512 * 256 + 128 * 256 + 256 * 256 + 512 * 256)
    + (256 * 128 + 128 * 128 + 128 * 128 + 256 * 128)
    + (128 * 128 + 128 * 128 + 128 * 128)
    + (256 * 256 + 128 * 256 + 256 * 256)
    + (512 * 512 + 128 * 512 + 512 * 512)
    + 1024 * 3) as f64;

#[test]
fn cases_are_every_combination() {
    let report = ddim_line(
        "bench --model points --count 4,9 --steps 2,3 --eta 0,1 --repetitions 3 --seconds 0 --device cpu --json",
    )
    .json();
    assert_eq!(report["device"]["backend"], "native");
    assert_eq!(report["device"]["hardware_gpu"], false);
    let cases = report["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 8);
    for case in cases {
        assert_eq!(case["layers"], "2→128→[128]×3→2");
        assert_eq!(case["kernel"], "engine");
        assert_eq!(case["seconds"].as_array().unwrap().len(), 3);
        let number = |name: &str| case[name].as_f64().unwrap();
        assert!(number("error") <= 1e-4);
        assert!(number("median") > 0.0);
        // Multiplications and additions of the products.
        let work = 2.0 * (2.0 + 3.0 * 128.0 + 2.0) * 128.0 * number("count") * number("steps");
        let gflops = work / number("median") / 1e9;
        assert!((number("gflops") - gflops).abs() < 1e-6 * gflops);
    }
    let distinct: std::collections::BTreeSet<String> = cases
        .iter()
        .map(|case| format!("{} {} {}", case["count"], case["steps"], case["eta"]))
        .collect();
    assert_eq!(distinct.len(), 8);
}

/// Two policies, conditioned on observations of their own; what one call takes is said by itself.
#[test]
fn policies_are_measured_by_the_call() {
    let line = "bench --model diffusion-ql,cep --count 1,20 --steps 3 --repetitions 3 --seconds 0 --device cpu";
    let report = ddim_line(&format!("{line} --json")).json();
    let cases = report["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 4);
    // Multiply-adds of a step: Diffusion-QL's, and CEP's with what mixes time and observation.
    let works = [132_608.0, 132_608.0, CEP, CEP];
    for (case, multiply_adds) in cases.iter().zip(works) {
        let number = |name: &str| case[name].as_f64().unwrap();
        assert!(number("error") <= 1e-4);
        let work = 2.0 * multiply_adds * number("count") * 3.0;
        let gflops = work / number("median") / 1e9;
        assert!((number("gflops") - gflops).abs() < 1e-6 * gflops, "{case}");
        let latency = case["latency_microseconds"].as_f64();
        assert_eq!(latency.is_some(), case["count"] == 1, "{case}");
        let expected = number("median") * 1e6;
        // What is read back is off by a last bit.
        let close = |latency: f64| (latency - expected).abs() < 1e-6 * expected;
        assert!(latency.is_none_or(close), "{case}");
    }
    let text = ddim_line(line).text();
    assert_eq!(text.matches("µs a call").count(), 2, "{text}");
}

#[test]
fn a_gpu_is_measured_beside_its_ceilings() {
    let report = ddim([
        "bench",
        "--model",
        &model("points"),
        "--count",
        "40",
        "--steps",
        "2",
        "--repetitions",
        "3",
        "--seconds",
        "0",
        "--device",
        "0",
        "--json",
    ])
    .json();
    let ceilings = report["ceilings"].as_array().unwrap();
    let names: Vec<&str> = ceilings
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"multiply-add") && names.contains(&"copy, large"));
    for row in ceilings {
        let rates: Vec<f64> = row["rates"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r.as_f64().unwrap())
            .collect();
        assert_eq!(rates.len(), 3);
        assert!(rates.is_sorted() && rates[0] > 0.0, "{row}");
    }
    let case = &report["cases"][0];
    assert!(case["kernel"].as_str().unwrap().starts_with("mlp_step"));
    assert_eq!(case["bound"][0], "multiply-add");
    assert!(case["record_microseconds"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_report_can_be_compared_with() {
    let scratch = Scratch::new();
    let line = "bench --model points --count 5 --steps 2 --repetitions 3 --seconds 0 --device cpu";
    let old = scratch.file("old.json");
    fs::write(&old, ddim_line(&format!("{line} --json")).success()).unwrap();
    let text = ddim_line(&format!("{line} --compare {old}")).text();
    assert!(
        text.contains("old: ddim-wgpu") && text.contains("times as fast"),
        "{text}"
    );
    let other = line.replace("--steps 2", "--steps 3");
    let other = ddim_line(&format!("{other} --compare {old}")).text();
    assert!(other.contains("not in the old report"), "{other}");
    let markdown = ddim_line(&format!("{line} --markdown")).text();
    assert!(
        markdown.contains("| 2→128→[128]×3→2 | 5 | 2 | η = 0 | engine |"),
        "{markdown}"
    );
}

#[test]
fn mistakes_are_named() {
    for (line, code, said) in [
        ("bench --model nope --device cpu", 4, "no model `nope`"),
        ("bench --count 0 --device cpu", 2, "0 samples"),
        ("bench --steps 0 --device cpu", 2, "steps"),
        ("bench --repetitions 0 --device cpu", 2, "--repetitions"),
        ("bench --eta 0,-1 --device cpu", 2, "eta"),
        ("bench --sampler ddim,none --device cpu", 2, "none"),
        ("bench -o xml --device cpu", 2, "xml"),
        ("bench -o json --markdown --device cpu", 2, "--markdown"),
        ("bench -o csv --peaks --device cpu", 2, "-o csv"),
        ("bench --max-slowdown 5 --device cpu", 2, "--compare"),
        (
            "bench --max-slowdown nan --compare x.json --device cpu",
            2,
            "percentage",
        ),
        ("bench --model update --device cpu", 2, "update"),
        (
            "bench --kernel mlp_step --model points --count 1 --device cpu",
            2,
            "--kernel mlp_step",
        ),
        (
            "bench --compare /nonexistent.json --device cpu",
            4,
            "nonexistent",
        ),
        ("bench --device no-such-gpu", 3, "no-such-gpu"),
    ] {
        let outcome = ddim_line(line);
        outcome.fails(code, said);
        assert!(outcome.stdout.is_empty());
    }
}

/// The engine has peaks of its own, and each case a share of one.
#[test]
fn the_native_engine_is_measured_beside_its_ceilings() {
    let line = "bench --ceilings --device cpu --repetitions 2 --json";
    let report = ddim_line(line).json();
    assert_eq!(report["cases"].as_array().unwrap().len(), 0);
    let ceilings = report["ceilings"].as_array().unwrap();
    let names: Vec<&str> = ceilings
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["multiply-add", "copy, cached", "copy, large", "normals"]
    );
    for row in ceilings {
        assert_eq!(row["rates"].as_array().unwrap().len(), 2, "{row}");
        assert!(row["median"].as_f64().unwrap() > 0.0, "{row}");
    }
    let report = ddim_line(&format!("{SMALL} --json")).json();
    assert_eq!(report["cases"][0]["bound"][0], "multiply-add");
}

const SMALL: &str =
    "bench --model points --count 5 --steps 2 --repetitions 3 --seconds 0 --device cpu";

/// What a figure is worth nothing without.
#[test]
fn a_report_names_machine_build_and_command() {
    let report = ddim_line(&format!("{SMALL} --json")).json();
    let machine = &report["machine"];
    for name in [
        "cpu",
        "os",
        "kernel",
        "architecture",
        "rustc",
        "wgpu",
        "commit",
    ] {
        let text = machine[name].as_str().unwrap();
        assert!(!text.is_empty(), "{name}: {machine}");
    }
    assert!(machine["rustc"].as_str().unwrap().starts_with("rustc 1."));
    assert!(machine["wgpu"].as_str().unwrap().starts_with("30."));
    assert!(machine["logical_cpus"].as_u64().unwrap() >= 1);
    // 2026-11-29T14:30:01Z
    let date = machine["date"].as_str().unwrap();
    assert!(date.len() == 20 && date.ends_with('Z'), "{date}");
    let command: Vec<&str> = machine["command"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    assert_eq!(command[1..4], ["bench", "--model", "points"]);
}

/// Cases as lines: every repetition, and what each line needs to stand by itself.
#[test]
fn cases_are_printed_as_lines() {
    let line = SMALL.replace("--steps 2", "--steps 2,3");
    let text = ddim_line(&format!("{line} -o jsonl")).text();
    let cases: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(cases.len(), 2);
    for (case, steps) in cases.iter().zip([2, 3]) {
        assert_eq!(case["steps"], steps);
        assert_eq!(case["seconds"].as_array().unwrap().len(), 3);
        assert_eq!(case["device"]["backend"], "native");
        assert!(case["machine"]["date"].is_string());
    }
    let text = ddim_line(&format!("{line} -o csv")).text();
    let lines: Vec<&str> = text.lines().collect();
    // A heading, and a line for each of three repetitions of two cases.
    assert_eq!(lines.len(), 7, "{text}");
    let column = |name: &str| {
        lines[0]
            .split(',')
            .position(|column| column == name)
            .unwrap()
    };
    for (i, line) in lines[1..].iter().enumerate() {
        // None of the first columns but the processor's and the system's may hold a comma; behind them, count
        // from the end.
        let from_end = |name| {
            let back = lines[0].split(',').count() - column(name);
            let cells: Vec<&str> = line.split(',').collect();
            cells[cells.len() - back].to_owned()
        };
        assert_eq!(from_end("repetition"), (i % 3).to_string());
        assert_eq!(from_end("steps"), (2 + i / 3).to_string());
        assert!(from_end("seconds").parse::<f64>().unwrap() > 0.0);
    }
    for (format, start) in [
        ("json", "{"),
        ("md", "cpu (native"),
        ("text", "cpu (native"),
    ] {
        let text = ddim_line(&format!("{SMALL} -o {format}")).text();
        assert!(text.starts_with(start), "{text}");
    }
}

/// Samplers are cases, DDIM once for each η, and a sampler of two evaluations a step costs two.
#[test]
fn samplers_are_cases() {
    let line = SMALL.replace(
        "--steps 2",
        "--steps 30 --sampler heun,ddim,dpmpp-2m --eta 0,1",
    );
    let report = ddim_line(&format!("{line} --json")).json();
    let cases = report["cases"].as_array().unwrap();
    let named: Vec<(&str, Option<f64>)> = cases
        .iter()
        .map(|case| (case["sampler"].as_str().unwrap(), case["eta"].as_f64()))
        .collect();
    let expected = [
        ("heun", None),
        ("ddim", Some(0.0)),
        ("ddim", Some(1.0)),
        ("dpmpp-2m", None),
    ];
    assert_eq!(named, expected);
    // Heun's last step is Euler's, as are those that are too long for it.
    let evaluations = |case: usize| cases[case]["evaluations"].as_u64().unwrap();
    assert!((40..60).contains(&evaluations(0)), "{}", evaluations(0));
    assert_eq!([1, 2, 3].map(evaluations), [30; 3]);
    for case in cases {
        let number = |name: &str| case[name].as_f64().unwrap();
        let work = 2.0 * (2.0 + 3.0 * 128.0 + 2.0) * 128.0 * 5.0 * number("evaluations");
        let gflops = work / number("median") / 1e9;
        assert!((number("gflops") - gflops).abs() < 1e-6 * gflops, "{case}");
    }
    let text = ddim_line(&line).text();
    assert!(text.contains("5 × 30 steps, heun, engine"), "{text}");
}

/// One cold run is a repetition too, for those who ask for it.
#[test]
fn the_first_run_can_count() {
    for device in ["cpu".to_owned()].into_iter().chain(first_device()) {
        let line = "bench --model points --count 5 --steps 2 --repetitions 1 --no-warmup --json";
        let report = ddim_line(&format!("{line} --device {device}")).json();
        let case = &report["cases"][0];
        assert_eq!(case["seconds"].as_array().unwrap().len(), 1, "{case}");
        assert!(case["error"].as_f64().unwrap() <= 1e-4);
        assert_eq!(case["spread"], 0.0);
    }
}

/// A threshold sets the exit code, and the report says of both what it was.
#[test]
fn what_has_become_slower_is_an_exit_code() {
    let scratch = Scratch::new();
    let mut report = ddim_line(&format!("{SMALL} --json")).json();
    let earlier = scratch.file("earlier.json");
    let mut compared = |median: f64, more: &str| {
        report["cases"][0]["median"] = median.into();
        fs::write(&earlier, report.to_string()).unwrap();
        ddim_line(&format!("{SMALL} --json --compare {earlier} {more}"))
    };
    // An hour before, and now; and the other way round.
    let outcome = compared(3600.0, "--max-slowdown 5");
    let comparison = &outcome.json()["comparison"];
    assert_eq!(comparison["cases"][0]["medians"][0], 3600.0);
    assert!(comparison["cases"][0]["speedup"].as_f64().unwrap() > 1.0);
    assert_eq!(comparison["peaks"].as_array().unwrap().len(), 4);
    compared(1e-12, "").success();
    let outcome = compared(1e-12, "--max-slowdown 5");
    assert_eq!(outcome.code, Some(6));
    outcome.says("longer than before");
    assert!(!outcome.stdout.is_empty(), "the report is printed first");
    // What cannot be compared is not taken for as fast.
    let other = SMALL.replace("--count 5", "--count 6");
    let line = format!("{other} --compare {earlier} --max-slowdown 5");
    let outcome = ddim_line(&line);
    assert_eq!(outcome.code, Some(4));
    outcome.says("none of these cases");
}

#[test]
fn times_that_are_none_are_wrong_usage() {
    for seconds in ["nan", "-1", "inf", "1e30"] {
        let words = ["bench", "--device", "cpu", &format!("--seconds={seconds}")];
        ddim(words).fails(2, "--seconds");
    }
}
