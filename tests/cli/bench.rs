//! `ddim bench`: what it measures is checked first, and what it prints can be read again.

use std::fs;

use super::{Scratch, ddim, ddim_line, model};

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
        markdown.contains("| 2→128→[128]×3→2 | 5 | 2 | 0 | engine |"),
        "{markdown}"
    );
}

#[test]
fn mistakes_are_named() {
    for (line, code, said) in [
        ("bench --model nope --device cpu", 4, "no model `nope`"),
        ("bench --count 0 --device cpu", 2, "0 samples"),
        ("bench --steps 0 --device cpu", 2, "steps"),
        ("bench --repetitions 2 --device cpu", 2, "3"),
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

#[test]
fn the_native_engine_has_no_ceilings_to_show() {
    ddim_line("bench --ceilings --device cpu").fails(2, "--ceilings");
}

#[test]
fn times_that_are_none_are_wrong_usage() {
    for seconds in ["nan", "-1", "inf", "1e30"] {
        let words = ["bench", "--device", "cpu", &format!("--seconds={seconds}")];
        ddim(words).fails(2, "--seconds");
    }
}
